/** How the units' weights are written to the files of other tools. */
import type { NamedTensor } from '../../containers/tensors.js';
import { ADAPTERS, type Adapter, type AdapterName, type AdapterSizes } from '../../vit/adapters/index.js';
import { foldLora } from './fold.js';

interface Folding {
  /** The frozen weight, by its name within the block, that the unit is folded into. */
  readonly layer: string;
  /** @param own the unit's weights, in the order of its description. */
  fold(weight: NamedTensor, own: readonly NamedTensor[], subject: string): NamedTensor;
  /** What the metadata and the README of a whole checkpoint say about the unit. */
  words(size: number): string;
  readonly sentence: string;
}

/** How a unit is folded into the backbone, or null where it cannot be. */
export const FOLDS: Readonly<Record<AdapterName, Folding | null>> = {
  lora: {
    layer: 'attn.qkv.weight',
    fold: (weight, [a, b], subject) => (a && b ? foldLora(weight, a, b, subject) : weight),
    words: (size) => `rank ${size}, folded into blocks.*.attn.qkv.weight`,
    sentence: 'folded into `blocks.*.attn.qkv.weight` (qkv + LoRA_b LoRA_a, summed in float64)',
  },
  adapter: null,
};

/** The units that other tools have no place for in a whole checkpoint: a word for each, and its tensors' names. */
export const OUTSIDE: Readonly<Record<AdapterName, { readonly words: string; readonly tensors: string } | null>> = {
  lora: null,
  adapter: { words: 'the adapter', tensors: '`blocks.*.adapter.*`' },
};

/** The units of a run that are folded into the backbone, and those that are not. */
export const foldedUnits = (sizes: AdapterSizes): readonly Adapter[] =>
  ADAPTERS.filter(({ name }) => sizes[name] > 0 && FOLDS[name] !== null);
export const outsideUnits = (sizes: AdapterSizes): readonly Adapter[] =>
  ADAPTERS.filter(({ name }) => sizes[name] > 0 && OUTSIDE[name] !== null);
