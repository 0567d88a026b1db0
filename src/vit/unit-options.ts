import { ADAPTERS } from './adapters/index.js';
import { METHODS, methodUnit } from './methods/index.js';
import type { OptionDescription } from './options.js';

/** The options of all units, by their names in the configuration. Several units may share one. */
export const UNIT_OPTIONS: ReadonlyMap<string, OptionDescription> = new Map(
  [...ADAPTERS, ...METHODS.map(methodUnit)].flatMap(({ options }) => Object.entries<OptionDescription>(options)),
);
