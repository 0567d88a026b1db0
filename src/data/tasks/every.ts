import type { Part } from '../../protocol/maps.js';
import { BUILTIN_TASKS, type BuiltinTask } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import { encodePng } from '../pictures/png.js';
import { Random } from '../random.js';
import type { Dataset, Picture } from '../types.js';
import { paintScene, SCENES } from './scenes.js';

/** Side of `picture()`, which has no original size. */
const PICTURE_SIDE = 96;

const KINDS = BUILTIN_TASKS.flatMap((task) =>
  SCENES[task].classes.map((name, label) => ({ task, label, name: `${task}: ${name}` })),
);

/** How many pictures `tasks:N` asks for; undefined for what does not begin so. */
export function picturesOfEvery(place: string): number | undefined {
  const [, count] = /^tasks:(.*)$/.exec(place) ?? [];
  if (count === undefined) return undefined;
  const pictures = Number(count);
  if (Number.isInteger(pictures) && pictures >= KINDS.length && pictures <= 1e6) return pictures;
  const message = `data: tasks:${count} asks for no number of pictures from ${KINDS.length} to 1000000`;
  throw new PlaygroundError('option.invalid', message, { subject: 'data' });
}

/**
 * Pictures of all built-in tasks as one data set, to pretrain on: each task's classes are classes of it, and all come up equally often.
 * Beside `pictures` to train there is a tenth as many to validate, and as many to test. Drawn from (seed, index) when they are asked for.
 */
export function openEveryTask(pictures: number, seed: number): Dataset {
  const held = Math.ceil(pictures / 10);
  const length = pictures + 2 * held;
  const kindOf = (index: number): { readonly task: BuiltinTask; readonly label: number } => {
    const kind = KINDS[index % KINDS.length];
    if (!kind || index >= length) throw new RangeError(`tasks: no picture ${index} among ${length}`);
    return kind;
  };
  const draw = (index: number, side: number): Uint8Array<ArrayBuffer> => {
    const { task, label } = kindOf(index);
    return paintScene(task, label, side, new Random('tasks', seed, 'picture', index));
  };
  const whole = (index: number): Picture => ({ width: PICTURE_SIDE, height: PICTURE_SIDE, data: draw(index, PICTURE_SIDE) });
  const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);
  const parts: Readonly<Record<Part, number[]>> = {
    train: range(0, pictures),
    validation: range(pictures, held),
    test: range(pictures + held, held),
  };
  return {
    name: `tasks:${pictures}`,
    form: 'drawn tasks',
    classes: KINDS.map(({ name }) => name),
    split: `Drawn with seed ${seed}: ${pictures} pictures to train, ${held} to choose the best epoch, ${held} to test.`,
    parts,
    length,
    nameOf: (index) => `picture-${String(index).padStart(6, '0')}`,
    label: (index) => index % KINDS.length,
    pixels: async (index, side) => draw(index, side),
    fingerprint: `tasks-${pictures}-${seed}`,
    // Drawn from nothing else.
    digest: async (index) => `tasks-${seed}-${index}`,
    key: (index) => index,
    encoded: async (index) => ({ bytes: await encodePng(whole(index)), extension: 'png' }),
    picture: async (index) => whole(index),
  };
}
