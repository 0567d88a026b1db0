import type { Architecture } from '../../vit/architecture.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import type { Peft } from '../../vit/configuration.js';
import type { AdaptedMetadata, WeightReader } from '../types.js';

/** Whether the weights hold PYRA's, LoRA's or the adapter's own tensors. */
export function holdsTrained(reader: Pick<WeightReader, 'names'>): boolean {
  return reader.names().some((name) => /^blocks\.\d+\.(attn\.LoRA_a\.weight|adapter\.ln1\.weight|pyra_a)$/.test(name));
}

/**
 * What a checkpoint of the authors' training says about its run, as far as the shapes tell: LoRA's rank, the adapter's width,
 * the classes' number, and with PYRA the schedule (`pyra_a` has a row for each merged pair). Null where it has no head.
 */
export function inferAdapted(
  architecture: Architecture,
  reader: Pick<WeightReader, 'names' | 'shape'>,
  file: string,
  labels?: readonly string[],
): { metadata: AdaptedMetadata; notes: string[] } | null {
  const classes = reader.shape('head.weight')?.[0];
  if (classes === undefined || classes < 1) return null;
  const inBlocks = (name: string): number | undefined =>
    Array.from({ length: architecture.depth }, (_, block) => reader.shape(`blocks.${block}.${name}`)?.[0]).find((width) => width);
  const lora = inBlocks('attn.LoRA_a.weight');
  const adapter = inBlocks('adapter.ln1.weight');
  const schedule = Array.from({ length: architecture.depth }, (_, block) => reader.shape(`blocks.${block}.pyra_a`)?.[0] ?? 0);
  const pyra = schedule.some((r) => r > 0);
  const peft: Peft =
    lora !== undefined && adapter !== undefined
      ? 'both'
      : lora !== undefined
        ? 'lora'
        : adapter !== undefined
          ? 'adapter'
          : 'linear';
  const notes = [
    `Trained with ${peft === 'both' ? 'LoRA and adapter' : peft}, ${classes} classes${labels ? '' : ' whose names the file does not tell'}.`,
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
      method: pyra ? 'pyra' : 'none',
      peft,
      loraRank: lora ?? PAPER_RECIPE.loraRank,
      adapterWidth: adapter ?? PAPER_RECIPE.adapterWidth,
      schedule: pyra ? schedule.join(',') : 'none',
    },
    architecture,
    classes: labels ?? Array.from({ length: classes }, (_, index) => `class ${index}`),
    schedule,
    accuracy: { validation: null, test: null },
  };
  return { metadata, notes };
}
