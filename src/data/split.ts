import { PlaygroundError } from '../vit/errors.js';
import type { Part } from '../protocol/maps.js';
import { Random } from './random.js';

const VALIDATION_SHARE = 0.2;

export interface Split {
  readonly parts: Readonly<Record<Part, readonly number[]>>;
  readonly sentence: string;
}

/** Class by class: a fifth of each, rounded, at least one where a class has two or more; drawn by the seed. */
function stratified(
  indices: readonly number[],
  labels: readonly number[],
  seed: number,
): { train: number[]; validation: number[] } {
  const byClass = new Map<number, number[]>();
  for (const index of indices) {
    const label = labels[index] ?? 0;
    const list = byClass.get(label);
    if (list) list.push(index);
    else byClass.set(label, [index]);
  }
  const train: number[] = [];
  const validation: number[] = [];
  for (const [label, list] of byClass) {
    const count = list.length < 2 ? 0 : Math.max(1, Math.round(list.length * VALIDATION_SHARE));
    const shuffled = new Random('split', seed, label).shuffled(list);
    validation.push(...shuffled.slice(0, count));
    train.push(...shuffled.slice(count));
  }
  const ascending = (a: number, b: number): number => a - b;
  return { train: train.sort(ascending), validation: validation.sort(ascending) };
}

/**
 * Which example is in which part. What the data set says is kept; a validation part that it lacks is drawn from the training
 * part by the seed, and a test part is never made up.
 *
 * @param given for each example, or null where the data set does not say.
 * @param partsFrom goes into the sentence behind `as`.
 */
export function splitExamples(
  labels: readonly number[],
  given: readonly (Part | null)[],
  options: { readonly seed: number; readonly partsFrom: string; readonly name: string },
): Split {
  const { seed, partsFrom, name } = options;
  const of = (part: Part): number[] => given.flatMap((value, index) => (value === part ? [index] : []));
  const all = labels.map((_, index) => index);
  const test = of('test');
  const validation = of('validation');
  // Pictures of which nothing is said are there to learn from.
  const train = given.flatMap((value, index) => (value === 'train' || value === null ? [index] : []));
  const drawn = `${100 - 100 * VALIDATION_SHARE} % to train and ${100 * VALIDATION_SHARE} % to choose the best epoch, class by class with seed ${seed}`;
  if (train.length === 0 && validation.length > 0 && test.length > 0) {
    throw new PlaygroundError('data.empty', `${name}: has pictures to validate and to test, but none to train`, {
      subject: name,
    });
  }
  if (train.length === all.length || train.length === 0) {
    const split = stratified(all, labels, seed);
    return { parts: { ...split, test: [] }, sentence: `No parts were given: split ${drawn}; there is no test part.` };
  }
  if (validation.length > 0) {
    const sentence =
      test.length > 0 ? `Parts as ${partsFrom}.` : `Training and validation parts as ${partsFrom}; there is no test part.`;
    return { parts: { train, validation, test }, sentence };
  }
  const split = stratified(train, labels, seed);
  return { parts: { ...split, test }, sentence: `Test part as ${partsFrom}; the training part was split ${drawn}.` };
}
