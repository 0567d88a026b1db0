/** The list of methods. What a method needs elsewhere stands in tables keyed by {@link Method}. */
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

/** The method that keeps all tokens; all others are compared with it. */
export const UNREDUCED: Method = none.name;
/** The method that is used to merge tokens in a network that was not trained for merging. */
export const TRAINING_FREE: Method = tome.name;
/** The method that the paper proposes. */
export const PROPOSED: Method = pyra.name;
/** The methods that are compared at first. */
export const COMPARED: readonly Method[] = UNITS.filter(({ compared }) => compared).map(({ name }) => name);

const BY_NAME: ReadonlyMap<Method, MethodUnit<Method>> = new Map(UNITS.map((unit) => [unit.name, unit]));

export const methodUnit = (method: Method): MethodUnit<Method> => BY_NAME.get(method)!;
export const reducerOf = (method: Method): Reducer | null => methodUnit(method).reducer;
/** Whether the number of tokens is reduced. */
export const reduces = (method: Method): boolean => reducerOf(method) !== null;
/** Whether tokens are dropped instead of merged into others. */
export const drops = (method: Method): boolean => reducerOf(method)?.weight === 'zero';
/** Whether PYRA's modulation is part of the method. */
export const modulates = (method: Method): boolean => Boolean(reducerOf(method)?.modulation);
/** Whether the pairs are drawn from the run's seed. */
export const drawsPairs = (method: Method): boolean => reducerOf(method)?.pairing === 'random';
/** Whether the method has an option of that name in the configuration. */
export const hasOption = (method: Method, option: string): boolean => Object.hasOwn(methodUnit(method).options, option);
