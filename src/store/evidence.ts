import type { Provenance } from '../protocol/provenance.js';

/** A result as it may be shown. */
export interface Shown<T> {
  readonly value: T;
  readonly of: Provenance;
  /** True where something that it depends on has changed since: it is shown as what it was, by its own name, or not at all. */
  readonly before: boolean;
}

type Fact = keyof Provenance;

const FACTS: readonly Fact[] = ['data', 'weights', 'configuration', 'picture', 'run', 'adapter'];

/**
 * A result together with what it was computed from. The result comes out only by {@link against}, which compares that with what is
 * so now: no view can show it as something that it is not.
 */
export class Evidence<T> {
  readonly of: Provenance;
  readonly #now: Shown<T>;
  readonly #before: Shown<T>;

  constructor(of: Provenance, value: T) {
    this.of = of;
    this.#now = { value, of, before: false };
    this.#before = { value, of, before: true };
  }

  /**
   * @param facts that are so now; those that the result depends on have to be among them.
   * @param needed the facts without which it says nothing any more; where others have changed, it is of before.
   * @returns the same object for the same answer, as a view's selector wants it.
   */
  against(facts: Provenance, needed: readonly Fact[] = FACTS): Shown<T> | null {
    const changed = FACTS.filter((fact) => this.of[fact] !== undefined && this.of[fact] !== facts[fact]);
    if (changed.length === 0) return this.#now;
    return changed.some((fact) => needed.includes(fact)) ? null : this.#before;
  }

  /** The same result with a part of it changed. */
  map(change: (value: T) => T): Evidence<T> {
    return new Evidence(this.of, change(this.#now.value));
  }
}
