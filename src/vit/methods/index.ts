/** The methods there are. Whatever a method needs elsewhere stands in a table keyed by {@link Method}. */
import { none } from './none.js';
import { prune } from './prune.js';
import { pyraChannels } from './pyra-channels.js';
import { pyraPairs } from './pyra-pairs.js';
import { pyra } from './pyra.js';
import { random } from './random.js';
import { tome } from './tome.js';
import type { MethodUnit, Reducer } from './unit.js';

const UNITS = [none, tome, pyra, pyraChannels, pyraPairs, random, prune] as const;

export type Method = (typeof UNITS)[number]['name'];

/** In the order of lists and legends. */
export const METHODS: readonly Method[] = UNITS.map(({ name }) => name);

/** The method that keeps all tokens, which every other is compared with. */
export const UNREDUCED: Method = none.name;
/** Merges a network that was not trained for merging. */
export const TRAINING_FREE: Method = tome.name;
/** The method that the paper proposes. */
export const PROPOSED: Method = pyra.name;
/** The methods of a first comparison. */
export const COMPARED: readonly Method[] = UNITS.filter(({ compared }) => compared).map(({ name }) => name);

const BY_NAME: ReadonlyMap<Method, MethodUnit<Method>> = new Map(UNITS.map((unit) => [unit.name, unit]));

export const methodUnit = (method: Method): MethodUnit<Method> => BY_NAME.get(method)!;
export const reducerOf = (method: Method): Reducer | null => methodUnit(method).reducer;
/** Whether tokens become fewer. */
export const reduces = (method: Method): boolean => reducerOf(method) !== null;
/** Whether tokens are dropped rather than merged into others. */
export const drops = (method: Method): boolean => reducerOf(method)?.weight === 'zero';
/** Whether PYRA's generators take part. */
export const modulates = (method: Method): boolean => Boolean(reducerOf(method)?.modulation);
/** Whether the pairs depend on the run's seed. */
export const drawsPairs = (method: Method): boolean => reducerOf(method)?.pairing === 'random';
/** Whether the method has an option, by the configuration's name for it. */
export const hasOption = (method: Method, option: string): boolean => Object.hasOwn(methodUnit(method).options, option);
