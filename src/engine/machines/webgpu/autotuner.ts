import { z } from 'zod';
import { compileDispatches } from './compile.js';
import type { Gpu } from './device.js';
import { Lowering, type Candidate, type Choice, type Choices } from './lowering.js';

/** Where choices are kept between sessions: local storage in a page, a file in Node. Keys include the adapter. */
export interface TunerMemory {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

/** How long the compilations of a visit may wait for measurements, in milliseconds. The rest is measured when nothing else runs. */
export const FIRST_SEARCH = 2000;

const REPEATS = 2;
/** The first candidate is the one expected to win; another replaces it only if its time is below this fraction. */
const CLEAR_WIN = 0.97;
/** A candidate whose first run takes this many times the best time is not run again. */
const HOPELESS = 2;
const STEP = { seed: 0, number: 0, images: 1 };

/** The milliseconds of a candidate's run; a rough value is enough where it is much slower than `best`. */
export type MeasureCandidate = (candidate: Candidate, best: number) => Promise<number>;

interface Search {
  readonly key: string;
  readonly minor: boolean;
  /** The candidates that were not measured yet, in their order. */
  left: readonly Candidate[];
  /** The names of measured candidates, possibly by another version with other candidates in another order. */
  readonly tried: Set<string>;
  best: string;
  milliseconds: number;
}

/**
 * Chooses among kernels that compute the same by measuring them on this adapter, and keeps the results. All candidates of a key must give
 * the same bits, since another session may choose differently.
 */
export class Autotuner implements Choices {
  readonly #searches = new Map<string, Search>();
  readonly #adapter: string;
  readonly #memory: TunerMemory | undefined;
  readonly #measure: MeasureCandidate;
  readonly #now: () => number;

  constructor(adapter: string, measure: MeasureCandidate, memory?: TunerMemory, now: () => number = () => performance.now()) {
    this.#adapter = adapter;
    this.#measure = measure;
    this.#memory = memory;
    this.#now = now;
  }

  known(key: string): string | undefined {
    return this.#searches.get(key)?.best;
  }

  /** The present choices, by key. */
  get choices(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#searches.values()].map(({ key, best }) => [key, best]));
  }

  /** Whether there are candidates that are not measured yet. */
  get unfinished(): boolean {
    return [...this.#searches.values()].some(isOpen);
  }

  /**
   * Takes up new keys, with their kept results.
   * @returns the keys without a kept result.
   */
  open(pending: ReadonlyMap<string, Choice>): string[] {
    for (const [key, { candidates, minor }] of pending) {
      if (this.#searches.has(key)) continue;
      const remembered = readRemembered(this.#memory?.get(`${this.#adapter}|${key}`));
      const known = candidates.some(({ name }) => name === remembered?.best) ? remembered : undefined;
      const tried = new Set(known?.tried);
      this.#searches.set(key, {
        ...{ key, minor, tried, left: candidates.filter(({ name }) => !tried.has(name)) },
        ...{ best: known?.best ?? candidates[0]?.name ?? '', milliseconds: known?.milliseconds ?? Number.POSITIVE_INFINITY },
      });
    }
    return [...pending.keys()].filter((key) => this.#searches.get(key)?.tried.size === 0);
  }

  /**
   * Measures candidates that are not measured yet, one after the other, each key's in their order, until the time is over; those of minor
   * choices last.
   * @param milliseconds the duration; a measurement under way is finished.
   * @param keys limits the search to these keys.
   * @param onProgress called with the number of measurements done and to do.
   */
  async search(
    milliseconds: number,
    { keys, onProgress }: { readonly keys?: readonly string[]; readonly onProgress?: (done: number, total: number) => void } = {},
  ): Promise<void> {
    const ends = this.#now() + milliseconds;
    const open = [...this.#searches.values()].filter(({ key }) => !keys || keys.includes(key)).filter(isOpen);
    const total = open.reduce((sum, search) => sum + search.left.length, 0);
    let done = 0;
    if (total > 0 && milliseconds > 0) onProgress?.(0, total);
    for (const minor of [false, true]) {
      for (let left = open.filter((search) => search.minor === minor); left.length > 0; left = left.filter(isOpen)) {
        for (const search of left) {
          if (this.#now() >= ends) {
            if (done > 0) onProgress?.(done, done);
            return;
          }
          await this.#try(search);
          onProgress?.(++done, total);
        }
      }
    }
  }

  async #try(search: Search): Promise<void> {
    const candidate = search.left[0];
    if (!candidate) return;
    const first = search.milliseconds === Number.POSITIVE_INFINITY;
    const milliseconds = await this.#measure(candidate, search.milliseconds);
    search.left = search.left.slice(1);
    search.tried.add(candidate.name);
    if (first || milliseconds < CLEAR_WIN * search.milliseconds) {
      search.best = candidate.name;
      search.milliseconds = milliseconds;
    }
    const { key, best, tried } = search;
    this.#memory?.set(`${this.#adapter}|${key}`, JSON.stringify([best, [...tried], search.milliseconds]));
  }
}

const isOpen = ({ left }: Search): boolean => left.length > 0;

/** The best candidate's name, the names of all measured candidates, and the best candidate's milliseconds. */
const rememberedSchema = z.tuple([z.string(), z.array(z.string()), z.number()]);

/** A kept result. Results of an earlier version, without names, are ignored. */
function readRemembered(text: string | undefined): { best: string; tried: string[]; milliseconds: number } | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed = rememberedSchema.safeParse(JSON.parse(text));
    if (!parsed.success) return undefined;
    const [best, tried, milliseconds] = parsed.data;
    return { best, tried, milliseconds };
  } catch {
    return undefined;
  }
}

/** Measures candidates by running them on their own tensors. */
export function measureOn(gpu: Gpu): MeasureCandidate {
  return async (candidate, bestSoFar) => {
    const lowering = new Lowering(gpu);
    candidate.lower(lowering);
    const { dispatched } = lowering;
    const commands = await compileDispatches(gpu, { label: `tune ${candidate.name}`, dispatched, kept: [] });
    try {
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < REPEATS && (round === 0 || best < HOPELESS * bestSoFar); round++) {
        best = Math.min(best, await commands.measure(STEP, 0, dispatched.length));
      }
      return best;
    } finally {
      commands.destroy();
    }
  };
}
