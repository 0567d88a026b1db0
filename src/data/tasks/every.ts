import { BUILTIN_TASKS, type BuiltinTask, drawnData } from '../../vit/configuration.js';
import { encodePng } from '../pictures/png.js';
import { Random } from '../random.js';
import type { Dataset, Picture } from '../types.js';
import { paintScene, SCENES } from './scenes.js';

/** Side of `picture()`, which has no original size. */
const PICTURE_SIDE = 96;

const KINDS = BUILTIN_TASKS.flatMap((task) =>
  SCENES[task].classes.map((name, label) => ({ task, label, name: `${task}: ${name}` })),
);

/** The name after `task:` that means all tasks together. */
export const EVERY_TASK = 'all';

/**
 * All built-in tasks as one data set, to pretrain on. Its classes are those of every task, each equally often. A picture is drawn from
 * (seed, index) when it is read.
 *
 * @param pictures the numbers of pictures to train, validate and test.
 */
export function openEveryTask(seed: number, [train, validation, test]: readonly [number, number, number]): Dataset {
  const length = train + validation + test;
  const kindOf = (index: number): { readonly task: BuiltinTask; readonly label: number } => {
    const kind = KINDS[index % KINDS.length];
    if (!kind || index >= length) throw new RangeError(`task all: no picture ${index} among ${length}`);
    return kind;
  };
  const draw = (index: number, side: number): Uint8Array<ArrayBuffer> => {
    const { task, label } = kindOf(index);
    return paintScene(task, label, side, new Random(EVERY_TASK, seed, 'picture', index));
  };
  const whole = (index: number): Picture => ({ width: PICTURE_SIDE, height: PICTURE_SIDE, data: draw(index, PICTURE_SIDE) });
  const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
  const parts = { train: range(0, train), validation: range(train, validation), test: range(train + validation, test) };
  return {
    name: drawnData(EVERY_TASK),
    form: 'drawn task',
    classes: KINDS.map(({ name }) => name),
    split: `Drawn with seed ${seed}: ${train} pictures to train, ${validation} to choose the best epoch, ${test} to test.`,
    parts,
    length,
    nameOf: (index) => `picture-${String(index).padStart(6, '0')}`,
    label: (index) => index % KINDS.length,
    pixels: async (index, side) => draw(index, side),
    fingerprint: `task-${EVERY_TASK}-${[train, validation, test].join('-')}-${seed}`,
    // Drawn from nothing else.
    digest: async (index) => `${EVERY_TASK}-${seed}-${index}`,
    key: (index) => index,
    encoded: async (index) => ({ bytes: await encodePng(whole(index)), extension: 'png' }),
    picture: async (index) => whole(index),
  };
}
