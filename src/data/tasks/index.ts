import { BUILTIN_TASKS, type BuiltinTask, drawnData } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Part } from '../../protocol/maps.js';
import { encodePng } from '../pictures/png.js';
import { Random } from '../random.js';
import type { Dataset, Picture } from '../types.js';
import { EVERY_TASK, openEveryTask } from './every.js';
import { paintScene, SCENES } from './scenes.js';

/** As many pictures as a VTAB-1k task has for training: 1000, of which 200 choose the best epoch. */
export const TASK_PICTURES = { train: 800, validation: 200, test: 1000 } as const satisfies Record<Part, number>;

export type TaskPictures = readonly [train: number, validation: number, test: number];

/** Side of `picture()`, which for a drawn task has no original size. */
const PICTURE_SIDE = 224;

export function isTask(name: string): name is BuiltinTask {
  return BUILTIN_TASKS.some((task) => task === name);
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/**
 * Opens a built-in task. A picture is drawn when it is read, at the side that is asked for, from (task, seed, index) alone. Each part has
 * equally many pictures of each class.
 *
 * @param task one of {@link BUILTIN_TASKS} or {@link EVERY_TASK}, with or without `task:` in front; anything else throws `option.invalid`.
 * @param pictures the numbers of pictures to train, validate and test; null for {@link TASK_PICTURES}.
 */
export function openTask(task: string, seed: number, pictures: TaskPictures | null = null): Dataset {
  const name = task.replace(/^task:/, '');
  const [train, validation, test] = pictures ?? [TASK_PICTURES.train, TASK_PICTURES.validation, TASK_PICTURES.test];
  if (name === EVERY_TASK) return openEveryTask(seed, [train, validation, test]);
  if (!isTask(name)) {
    throw new PlaygroundError(
      'option.invalid',
      `data: there is no task '${name}'; the built-in ones are ${BUILTIN_TASKS.join(', ')}, and ${EVERY_TASK} for all together`,
      {
        subject: 'data',
      },
    );
  }
  const { classes } = SCENES[name];
  const length = train + validation + test;
  const labels: number[] = [];
  for (let round = 0; labels.length < length; round++) {
    labels.push(...new Random(name, seed, 'labels', round).shuffled(range(0, classes.length)));
  }
  const labelOf = (index: number): number => {
    const label = labels[index];
    if (label === undefined || index >= length) throw new RangeError(`task ${name}: no picture ${index} among ${length}`);
    return label;
  };
  const draw = (index: number, side: number): Uint8Array<ArrayBuffer> =>
    paintScene(name, labelOf(index), side, new Random(name, seed, 'picture', index));
  const whole = (index: number): Picture => ({ width: PICTURE_SIDE, height: PICTURE_SIDE, data: draw(index, PICTURE_SIDE) });
  return {
    name: drawnData(name),
    form: 'drawn task',
    classes,
    split: `Drawn with seed ${seed}: ${train} pictures to train, ${validation} to choose the best epoch, ${test} to test.`,
    parts: { train: range(0, train), validation: range(train, validation), test: range(train + validation, test) },
    length,
    nameOf: (index) => `${name}-${String(index).padStart(4, '0')}`,
    label: labelOf,
    pixels: async (index, side) => draw(index, side),
    fingerprint: `task-${name}-${seed}${pictures ? `-${pictures.join('-')}` : ''}`,
    // Drawn from nothing else.
    digest: async (index) => `${name}-${seed}-${index}`,
    key: (index) => index,
    encoded: async (index) => ({ bytes: await encodePng(whole(index)), extension: 'png' }),
    picture: async (index) => whole(index),
  };
}
