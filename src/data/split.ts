import type { Part } from '../protocol/maps.js';
import { PlaygroundError } from '../vit/errors.js';
import { hashOf } from './random.js';

/** Per cent of the pictures to train, validate and test with, where the data set does not say. */
export type SplitShares = readonly [train: number, validation: number, test: number];

export const DEFAULT_SHARES: SplitShares = [70, 15, 15];

export interface Split {
  readonly parts: Readonly<Record<Part, readonly number[]>>;
  readonly sentence: string;
  /** A sentence about classes that are too small for the shares; empty where all are large enough. */
  readonly notes: readonly string[];
}

/** What the split depends on, for one example. */
export interface SplitExample {
  /** Null where the data set does not say. */
  readonly part: Part | null;
  /** The class's name in the files; renaming the class does not change it. */
  readonly title: string;
  /** The picture's path below its class's folder, which stays the same when the data set is moved or grows. */
  readonly below: string;
}

export interface SplitOptions {
  readonly seed: number;
  readonly shares?: SplitShares;
  /** Where the given parts come from, for the sentence: `folders train, val, test`. */
  readonly partsFrom: string | null;
  readonly name: string;
}

const PARTS = ['train', 'validation', 'test'] as const;

/** Throws `option.invalid` for shares that are not three per cents with sum 100, or that leave nothing to train or to validate. */
export function requireShares(shares: readonly number[], option: string): SplitShares {
  const [train = NaN, validation = NaN, test = NaN] = shares;
  const sound = shares.length === 3 && shares.every((share) => Number.isFinite(share) && share >= 0 && share <= 100);
  if (!sound || Math.abs(train + validation + test - 100) > 1e-6 || train === 0 || validation === 0) {
    throw new PlaygroundError(
      'option.invalid',
      `${option}: '${shares.join(',')}' is no split; expected three per cents that make 100 (70,15,15), the first two above 0`,
      { subject: option },
    );
  }
  return [train, validation, test];
}

interface Drawn {
  readonly index: number;
  /** A hash in [0, 1) of the seed, the class and the path. */
  readonly place: number;
}

/** The part of a place in [0, 1): the shares divide that interval in the order train, validation, test. */
function partAt(place: number, shares: SplitShares): Part {
  let end = 0;
  const total = shares[0] + shares[1] + shares[2];
  for (let i = 0; i < 3; i++) {
    end += (shares[i] ?? 0) / total;
    if (place < end) return PARTS[i] ?? 'train';
  }
  return 'train';
}

/**
 * Assigns each picture by its own hash, so that adding or removing a picture moves no other. If a part would get none of the class, the
 * class is too small for the shares, and the part takes one picture from a part that has several, chosen by the hashes. Of two pictures one
 * is to train and one to validate; a single one is to train.
 */
function drawClass(members: readonly Drawn[], shares: SplitShares): { parts: Map<number, Part>; small: boolean } {
  const ordered = [...members].sort((a, b) => a.place - b.place || a.index - b.index);
  const parts = new Map(ordered.map(({ index, place }) => [index, partAt(place, shares)] as const));
  const wanted = PARTS.filter((_, i) => (shares[i] ?? 0) > 0);
  if (ordered.length < 3) {
    ordered.forEach(({ index }, i) => parts.set(index, i === 0 ? 'train' : 'validation'));
    return { parts, small: ordered.length < wanted.length };
  }
  let small = false;
  for (const part of [...wanted].reverse()) {
    const count = (of: Part): number => [...parts.values()].filter((each) => each === of).length;
    if (count(part) > 0) continue;
    small = true;
    const from = part === 'train' ? ordered : [...ordered].reverse();
    const given = from.find(({ index }) => count(parts.get(index) ?? 'train') > 1);
    if (given) parts.set(given.index, part);
  }
  return { parts, small };
}

interface Drawing {
  readonly parts: Record<Part, number[]>;
  readonly small: readonly string[];
}

function draw(indices: readonly number[], examples: readonly SplitExample[], seed: number, shares: SplitShares): Drawing {
  const classes = new Map<string, Drawn[]>();
  for (const index of indices) {
    const { title, below } = examples[index] ?? { title: '', below: '' };
    const drawn = { index, place: hashOf('split', seed, title, below) };
    const there = classes.get(title);
    if (there) there.push(drawn);
    else classes.set(title, [drawn]);
  }
  const parts: Record<Part, number[]> = { train: [], validation: [], test: [] };
  const small: string[] = [];
  for (const [title, members] of classes) {
    const drawn = drawClass(members, shares);
    if (drawn.small) small.push(title);
    for (const [index, part] of drawn.parts) parts[part].push(index);
  }
  for (const part of PARTS) parts[part].sort((a, b) => a - b);
  return { parts, small };
}

function smallNote(small: readonly string[], shares: SplitShares): string[] {
  if (small.length === 0) return [];
  const named = small
    .slice(0, 5)
    .map((title) => `'${title}'`)
    .join(', ');
  const more = small.length > 5 ? ` and ${small.length - 5} more` : '';
  const said = shares.filter((share) => share > 0).join(' / ');
  return [
    `${named}${more} ${small.length === 1 ? 'has' : 'have'} too few pictures for ${said} %: each part gets at least one, as far as they suffice`,
  ];
}

/**
 * Assigns every example to a part. Parts that the data set gives are kept. Where it gives none, three are drawn by the shares. Where it
 * gives training and test pictures only, the validation part is drawn from the training part by the shares of these two. A test part is
 * never drawn from given parts.
 */
export function splitExamples(examples: readonly SplitExample[], options: SplitOptions): Split {
  const { seed, partsFrom, name } = options;
  const shares = options.shares ?? DEFAULT_SHARES;
  const of = (part: Part): number[] => examples.flatMap((example, index) => (example.part === part ? [index] : []));
  const test = of('test');
  const validation = of('validation');
  // Where some pictures have a part, those without one are used to train.
  const train = examples.flatMap(({ part }, index) => (part === 'train' || part === null ? [index] : []));
  const rule = partsFrom ?? 'what the files say';
  if (train.length === 0 && validation.length > 0 && test.length > 0) {
    throw new PlaygroundError('data.empty', `${name}: has pictures to validate and to test, but none to train`, {
      subject: name,
    });
  }
  if (train.length === examples.length || train.length === 0) {
    const { parts, small } = draw(
      examples.map((_, index) => index),
      examples,
      seed,
      shares,
    );
    const sentence = `No parts were given: split ${shares.join(' / ')} % to train, validate and test, class by class with seed ${seed}.`;
    return { parts, sentence, notes: smallNote(small, shares) };
  }
  if (validation.length > 0) {
    const sentence = `Parts: ${rule}${test.length > 0 ? '' : '; there is no test part'}.`;
    return { parts: { train, validation, test }, sentence, notes: [] };
  }
  const two: SplitShares = [shares[0], shares[1], 0];
  const { parts, small } = draw(train, examples, seed, two);
  const [kept, drawn] = [shares[0], shares[1]].map((share) => Math.round((100 * share) / (shares[0] + shares[1])));
  const sentence = `Parts: ${rule}; the training part was split ${kept ?? 0} / ${drawn ?? 0} % to train and validate, class by class with seed ${seed}.`;
  return { parts: { train: parts.train, validation: parts.validation, test }, sentence, notes: smallNote(small, two) };
}
