import { protectedTokens, type Architecture } from '../../vit/architecture.js';
import type { Tensor } from '../gpu/tensor.js';
import type { Matching, Modulation } from '../operations/merge.js';
import type { PyraHalf } from '../operations/pyra.js';
import type { Backbone } from './backbone.js';
import type { TrainedWeights } from './trained.js';
import type { NetworkOptions } from './types.js';

/** What a recording needs to know about the network. */
export interface NetworkState {
  readonly architecture: Architecture;
  readonly options: NetworkOptions;
  readonly backbone: Backbone;
  readonly trained: TrainedWeights;
}

/** Pictures as they come: packed bytes, or floats that are already normalised (golden files). */
export interface PictureInput {
  readonly form: 'bytes' | 'floats';
  readonly tensor: Tensor;
}

export interface ForwardOptions {
  readonly images: number;
  readonly input: PictureInput;
  /** Keeps what the backward needs, and drops out. */
  readonly training: boolean;
  /** In training: keeps only each block's input; the backward computes the block again, to the same bits. */
  readonly recompute?: boolean;
  /** Keeps every block's output for reading. */
  readonly keepBlocks?: boolean;
  /** Keeps what every merge did for reading. */
  readonly trace?: boolean;
}

/** What one block leaves for its backward, for tracing and for checking. Tensors of other runs than training may be reused. */
export interface BlockTape {
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly x: Tensor;
  readonly size: Tensor | null;
  readonly stats1: Tensor | undefined;
  /** Norm's output with dropout: what LoRA saw. */
  readonly dropped: Tensor;
  readonly loraMiddle: Tensor | undefined;
  readonly qkv: Tensor;
  readonly lse: Tensor | undefined;
  readonly attended: Tensor;
  /** The residual stream after attention, before the merge. */
  readonly middle: Tensor;
  readonly merge: MergeTape | undefined;
  /** The residual stream after the merge, before the MLP. */
  readonly merged: Tensor;
  readonly stats2: Tensor | undefined;
  readonly beforeGelu: Tensor | undefined;
  readonly mlp: Tensor | undefined;
  readonly adapterBefore: Tensor | undefined;
  readonly adapterAfter: Tensor | undefined;
  readonly out: Tensor;
}

export interface MergeTape {
  readonly r: number;
  readonly matching: Matching;
  readonly scores: Tensor;
  readonly sizeIn: Tensor | null;
  readonly sizeOut: Tensor;
  readonly pyra: PyraTape | undefined;
  readonly source: Tensor | undefined;
  readonly strength: Tensor | undefined;
}

export interface PyraTape {
  readonly half: PyraHalf;
  readonly normalised: Tensor;
  readonly rstd: Tensor;
  readonly gChannels: Tensor;
  readonly gPairs: Tensor;
  readonly modulation: Modulation;
}

export interface ForwardTape {
  readonly blocks: readonly BlockTape[];
  /** Final norm of each prefix token, [B, C], with its statistics. */
  readonly heads: readonly { readonly name: string; readonly z: Tensor; readonly stats: Tensor | undefined }[];
  /** [B, classes]; with a distillation token the sum of both heads. */
  readonly logits: Tensor;
  /** What to multiply the logits by: 1, or 1/2 for the mean of two heads. */
  readonly logitScale: number;
}

/** What a block is given. */
export interface BlockInput {
  readonly block: number;
  readonly x: Tensor;
  readonly size: Tensor | null;
  readonly source: Tensor | null;
  readonly tokens: number;
}

/** Whether the backward has to compute a block again. The last one's turn comes before anything took its memory. */
export function isRecomputed({ architecture }: NetworkState, { training, recompute }: ForwardOptions, block: number): boolean {
  return training && recompute === true && block < architecture.depth - 1;
}

/** Numbers the random draws of one block: every use of dropout or stochastic depth is a site of its own. */
export const SITES = { lora: 0, attentionPath: 1, mlpPath: 2, adapter: 3 } as const;
export const siteOf = (block: number, site: keyof typeof SITES): number => block * 8 + SITES[site];

/** Stochastic depth of a block: from 0 in the first to the whole in the last. */
export function dropPathOf(state: NetworkState, block: number): number {
  const { depth } = state.architecture;
  return depth > 1 ? (state.options.dropPath * block) / (depth - 1) : 0;
}

export function tokensAtStart({ architecture, options }: NetworkState): number {
  return Math.floor(options.imageSize / architecture.patchSize) ** 2 + protectedTokens(architecture);
}
