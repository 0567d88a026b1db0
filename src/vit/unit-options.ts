import { ADAPTERS } from './adapters/index.js';
import { METHODS, methodUnit } from './methods/index.js';
import type { OptionDescription } from './options.js';

/** Every option that a unit brings, by the configuration's name; several units may share one. */
export const UNIT_OPTIONS: ReadonlyMap<string, OptionDescription> = new Map(
  [...ADAPTERS, ...METHODS.map(methodUnit)].flatMap(({ options }) => Object.entries<OptionDescription>(options)),
);
