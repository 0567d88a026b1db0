import type { Dropout } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';
import type { AdapterName } from '../../vit/adapters/index.js';
import { initialTokens, type Architecture } from '../../vit/architecture.js';
import type { Backbone } from './backbone.js';
import type { ParameterStorage } from './parameter-storage.js';
import type { NetworkOptions } from './types.js';

/** What a recording needs to know about the network. */
export interface NetworkState {
  readonly architecture: Architecture;
  readonly options: NetworkOptions;
  readonly backbone: Backbone;
  readonly trained: ParameterStorage;
}

export interface ForwardOptions {
  readonly images: number;
  /** `bytes`: packed pixels. `floats`: pixels that are already normalised (golden files). */
  readonly form: 'bytes' | 'floats';
  /** Whether dropout is applied. */
  readonly training: boolean;
  /** Adds every block's output under the name `blocks.I.output`. */
  readonly keepBlocks?: boolean;
  /** Adds the outputs of `mergeOutputs`, which describe every merge. */
  readonly trace?: boolean;
}

/** What is needed to record the parts of a block. */
export interface BlockContext {
  readonly recorder: Recorder;
  readonly state: NetworkState;
  readonly call: ForwardOptions;
  readonly block: number;
}

/** The residual stream between two parts. */
export interface Stream {
  /** [B, N, C] */
  readonly x: Tensor;
  /** N */
  readonly tokens: number;
  /** [B, N]: patches in each token; undefined while each is one. */
  readonly size?: Tensor | undefined;
  /** [B, N0]: the row of each original token, where it is traced; undefined while each token has its own row. */
  readonly source?: Tensor | undefined;
}

/** A name within the block, as checkpoints write it. */
export const nameIn = ({ block }: BlockContext, suffix: string): string => `blocks.${block}.${suffix}`;
/** A weight of the backbone, trained where all of it is. */
export const backboneWeight = ({ options, backbone, trained }: NetworkState, name: string): Tensor =>
  options.trainsBackbone ? trained.value(name) : backbone.get(name);
export const backboneIn = (context: BlockContext, suffix: string): Tensor =>
  backboneWeight(context.state, nameIn(context, suffix));
export const trainedIn = (context: BlockContext, suffix: string): Tensor => context.state.trained.value(nameIn(context, suffix));

/** Numbers for the random draws of one block: every use of dropout or stochastic depth is a site of its own. */
const SITES: Readonly<Record<AdapterName | 'attentionPath' | 'mlpPath', number>> = {
  lora: 0,
  attentionPath: 1,
  mlpPath: 2,
  adapter: 3,
};
const SITES_IN_BLOCK = 8;

const siteIn = ({ block }: BlockContext, site: keyof typeof SITES): number => block * SITES_IN_BLOCK + SITES[site];

/** The dropout of a unit's path; undefined outside training. */
export function dropoutIn(context: BlockContext, site: AdapterName): Dropout | undefined {
  const p = context.state.options.dropout;
  return context.call.training && p > 0 ? { p, site: siteIn(context, site) } : undefined;
}

/** Stochastic depth of a branch, growing from 0 in the first block to the full rate in the last; undefined outside training. */
export function dropPathIn(context: BlockContext, site: 'attentionPath' | 'mlpPath', tokens: number) {
  const { architecture, options } = context.state;
  const p = architecture.depth > 1 ? (options.dropPath * context.block) / (architecture.depth - 1) : 0;
  return context.call.training && p > 0 ? { p, site: siteIn(context, site), rowsPerImage: tokens } : undefined;
}

export function tokensAtStart({ architecture, options }: NetworkState): number {
  return initialTokens(architecture, options.imageSize);
}
