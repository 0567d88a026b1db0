/**
 * What a result was computed from: for each fact that it depends on, a text that changes with the fact. A fact that is absent did not
 * matter.
 */
export interface Provenance {
  /** The data set as it was understood: {@link DataSummary.fingerprint}. */
  readonly data?: string;
  /** A backbone as it was understood ({@link ModelSummary.fingerprint}), or a run's weights. */
  readonly weights?: string;
  /** The options that it depends on: {@link optionsKey}. */
  readonly configuration?: string;
  readonly picture?: string;
  readonly run?: string;
  /** Name of the adapter that it was measured on. */
  readonly adapter?: string;
}

/** A result with what it was computed from, as it crosses the worker's boundary. */
export interface Computed<T> {
  readonly of: Provenance;
  readonly value: T;
}

/** A text of options that does not depend on their order. */
export function optionsKey(options: Readonly<Record<string, unknown>>): string {
  const known = keys.get(options);
  if (known !== undefined) return known;
  const key = JSON.stringify(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  keys.set(options, key);
  return key;
}

/** Options are never changed in place, and views ask for the key of the same ones with every step of training. */
const keys = new WeakMap<object, string>();
