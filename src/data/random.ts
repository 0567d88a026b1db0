/** Mixes one more key into a 32-bit state (MurmurHash3's round and finaliser). */
function mix(state: number, key: number): number {
  let k = Math.imul(key | 0, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  let h = state ^ k;
  h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function mixText(state: number, text: string): number {
  let h = state;
  for (let i = 0; i < text.length; i++) h = mix(h, text.charCodeAt(i));
  return mix(h, text.length);
}

/** A number in [0, 1) that depends only on the keys, the same on every machine. */
export function hashOf(...keys: readonly (number | string)[]): number {
  const state = keys.reduce<number>(
    (h, key) => (typeof key === 'number' ? mix(mix(h, key), key / 2 ** 32) : mixText(h, key)),
    0x9e3779b9,
  );
  return (mix(state, 0x243f6a88) >>> 0) / 2 ** 32;
}

/**
 * A small generator (sfc32) keyed by numbers and words: the same keys give the same sequence on every machine, and two
 * different lists of keys give unrelated ones. Not for secrets.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(...keys: readonly (number | string)[]) {
    const absorb = (salt: number): number =>
      keys.reduce<number>(
        (state, key) => (typeof key === 'number' ? mix(mix(state, key), key / 2 ** 32) : mixText(state, key)),
        salt,
      );
    this.#a = absorb(0x9e3779b9);
    this.#b = absorb(0x243f6a88);
    this.#c = absorb(0xb7e15162);
    for (let i = 0; i < 12; i++) this.#next();
  }

  #next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    this.#c |= 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return this.#next() / 2 ** 32;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** Uniform among 0 .. count - 1. */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  /** A new list in random order (Fisher-Yates). */
  shuffled<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = result[i] as T;
      result[i] = result[j] as T;
      result[j] = kept;
    }
    return result;
  }
}
