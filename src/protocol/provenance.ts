/**
 * What a result was computed from: each fact that it depends on, by a text that differs where the fact does. A fact that is left
 * out did not matter.
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

/** Options as a text that is the same for the same options, whatever order they stand in. */
export function optionsKey(options: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
