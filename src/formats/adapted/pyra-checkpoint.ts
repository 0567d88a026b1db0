import { ADAPTERS, adaptersOf, peftOf, wayOf, type AdapterName } from '../../vit/adapters/index.js';
import type { Architecture } from '../../vit/architecture.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { methodUnit, PROPOSED, UNREDUCED } from '../../vit/methods/index.js';
import { trainedGroups } from '../../vit/weights.js';
import type { AdaptedMetadata, WeightReader } from '../types.js';

/** The number of rows of this weight, in the checkpoints of the authors' method, is a block's number of merged pairs. */
const ROWS = methodUnit(PROPOSED).weights[0]?.name ?? '';

/** Whether the weights contain tensors that a unit trains. */
export function holdsTrained(reader: Pick<WeightReader, 'names'>): boolean {
  const firsts = trainedGroups().map(([first]) => first?.name);
  return reader.names().some((name) => firsts.includes(name.replace(/^blocks\.\d+\./, '')));
}

/** The sizes of the units, read off the shapes of the blocks' tensors. */
function sizesIn(reader: Pick<WeightReader, 'shape'>, depth: number): Map<AdapterName, number> {
  const sizes = new Map<AdapterName, number>();
  const blocks = Array.from({ length: depth }, (_, block) => `blocks.${block}.`);
  for (const { name, weights } of ADAPTERS) {
    const [first] = weights;
    const shape = first && blocks.map((block) => reader.shape(block + first.name)).find((found) => found !== undefined);
    const size = first && shape?.[first.shape.indexOf('size')];
    if (size !== undefined) sizes.set(name, size);
  }
  return sizes;
}

/**
 * What the shapes of a checkpoint of the authors' training say about its run: LoRA's rank, the adapter's width, the number of classes, and
 * for PYRA the schedule (`pyra_a` has a row for each merged pair). Null where there is no head.
 */
export function inferAdapted(
  architecture: Architecture,
  reader: Pick<WeightReader, 'names' | 'shape'>,
  file: string,
  labels?: readonly string[],
): { metadata: AdaptedMetadata; notes: string[] } | null {
  const classes = reader.shape('head.weight')?.[0];
  if (classes === undefined || classes < 1) return null;
  const schedule = Array.from({ length: architecture.depth }, (_, block) => reader.shape(`blocks.${block}.${ROWS}`)?.[0] ?? 0);
  const pyra = schedule.some((r) => r > 0);
  const sizes = sizesIn(reader, architecture.depth);
  const peft = peftOf([...sizes.keys()]);
  const units = adaptersOf(peft).map(({ tag }) => tag);
  const notes = [
    `Trained with ${units.length > 0 ? units.join(' and ') : wayOf(peft).tag}, ${classes} classes${labels ? '' : ' whose names the file does not tell'}.`,
  ];
  if (pyra) notes.push(`It merges ${schedule.join(', ')} tokens in its blocks: PYRA's weights have a row for each pair.`);
  else notes.push('It has no PYRA weights: whether tokens were merged in training is not written in it, and none are merged.');
  const metadata: AdaptedMetadata = {
    version: 1,
    configuration: {
      ...PAPER_RECIPE,
      model: file.slice(-500),
      data: 'not told',
      imageSize: Math.min(1024, architecture.imageSize),
      method: pyra ? PROPOSED : UNREDUCED,
      peft,
      ...Object.fromEntries(ADAPTERS.map(({ name, size }) => [size, sizes.get(name) ?? PAPER_RECIPE[size]])),
      schedule: pyra ? schedule.join(',') : 'none',
    },
    architecture,
    classes: labels ?? Array.from({ length: classes }, (_, index) => `class ${index}`),
    schedule,
    accuracy: { validation: null, test: null },
  };
  return { metadata, notes };
}
