import type { Provenance } from '../protocol/provenance.js';

/** A result as it may be shown. */
export interface Shown<T> {
  readonly value: T;
  readonly of: Provenance;
  /** True where something that it depends on has changed: it is then shown under its own name, as a result of before, or not at all. */
  readonly before: boolean;
}

type Fact = keyof Provenance;

const FACTS: readonly Fact[] = ['data', 'weights', 'configuration', 'picture', 'run', 'adapter'];

/**
 * A result together with what it was computed from. It can be had only by {@link against}, which compares that with the present state:
 * so no view can show it as something that it is not.
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
   * @param facts the present ones; all that the result depends on have to be among them.
   * @param needed without these the result says nothing any more and is null; where others have changed, it is marked as of before.
   * @returns the same object for the same answer, since selectors of views compare by identity.
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
