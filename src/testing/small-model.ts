import type { Tensor } from '../engine/reference/weights.js';
import { Fixtures } from './fixtures.js';

export interface SmallModelOptions {
  readonly seed: number;
  readonly channels: number;
  /** Width of the MLP's hidden layer. */
  readonly hidden: number;
  readonly patch: number;
  /** Side of the position embedding's grid, in patches. */
  readonly grid: number;
  readonly classes: number;
  readonly distilled: boolean;
  /** Register tokens; none by default. */
  readonly registers?: number;
  /** 0 for none. */
  readonly rank: number;
  /** 0 for none. */
  readonly adapterWidth: number;
  /** Pairs that merge in each block; PYRA's weights have this length. */
  readonly r: readonly number[];
}

/**
 * Random weights under the authors' names, rounded to float32 so that float32 programs start from the same numbers. Scales keep the
 * activations near 1.
 */
export function smallModel(options: SmallModelOptions): Map<string, Tensor> {
  const { channels, hidden, patch, grid, classes, distilled, rank, adapterWidth } = options;
  const random = new Fixtures(options.seed);
  const weights = new Map<string, Tensor>();
  const add = (name: string, shape: number[], scale = 0.5, mean = 0): void => {
    const length = shape.reduce((a, b) => a * b, 1);
    weights.set(name, { shape, data: random.normal(length, scale, mean).map(Math.fround) });
  };
  const norm = (name: string): void => {
    add(`${name}.weight`, [channels], 0.3, 1);
    add(`${name}.bias`, [channels], 0.3);
  };
  const layer = (name: string, outputs: number, inputs: number, bias = true): void => {
    add(`${name}.weight`, [outputs, inputs], 1 / Math.sqrt(inputs));
    if (bias) add(`${name}.bias`, [outputs], 0.3);
  };
  const prefix = distilled ? ['cls_token', 'dist_token'] : ['cls_token'];
  const registers = options.registers ?? 0;
  add('patch_embed.proj.weight', [channels, 3, patch, patch], 1 / (patch * Math.sqrt(3)));
  add('patch_embed.proj.bias', [channels]);
  prefix.forEach((name) => add(name, [1, 1, channels]));
  if (registers > 0) add('reg_token', [1, registers, channels]);
  add('pos_embed', [1, prefix.length + registers + grid * grid, channels]);
  options.r.forEach((pairs, i) => {
    const block = `blocks.${i}.`;
    norm(`${block}norm1`);
    norm(`${block}norm2`);
    layer(`${block}attn.qkv`, 3 * channels, channels);
    layer(`${block}attn.proj`, channels, channels);
    layer(`${block}mlp.fc1`, hidden, channels);
    layer(`${block}mlp.fc2`, channels, hidden);
    if (rank > 0) {
      layer(`${block}attn.LoRA_a`, rank, channels, false);
      layer(`${block}attn.LoRA_b`, 3 * channels, rank, false);
    }
    if (adapterWidth > 0) {
      layer(`${block}adapter.ln1`, adapterWidth, channels);
      layer(`${block}adapter.ln2`, channels, adapterWidth);
    }
    if (pairs > 0) {
      norm(`${block}pyra_norm`);
      add(`${block}pyra_a`, [pairs, 1]);
      add(`${block}pyra_b`, [1, channels]);
    }
  });
  norm('norm');
  layer('head', classes, channels);
  if (distilled) layer('head_dist', classes, channels);
  return weights;
}
