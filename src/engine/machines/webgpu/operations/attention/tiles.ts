/** What all kernels of attention's template (`shaders/attention/tiles.wgsl`) have in common. */
import type { AttentionCall } from '../../../../operations/attention.js';
import type { Operation } from '../../../../plan/operation.js';
import type { Tensor } from '../../../../plan/tensor.js';
import { slicesOf, tileConstants, type AttentionPass, type AttentionTile } from '../../candidates/attention.js';

export type ForwardTensors = Operation<'attention'>['tensors'];
export type BackwardTensors = Operation<'attentionBackward'>['tensors'];

export const tileUniforms = {
  tokens: 'u32',
  queries: 'u32',
  heads: 'u32',
  headWidth: 'u32',
  scale: 'f32',
  proportional: 'u32',
  slices: 'u32',
  most: 'u32',
} as const;

/** A bound that is larger than every loop's end; see `endless` in `shaders/attention/tiles.wgsl`. */
const NO_BOUND = 0xffff;

/** The uniforms and constants of a dispatch. */
export function tileCall(call: AttentionCall, pass: AttentionPass, tile: AttentionTile, size: Tensor | undefined) {
  const { tokens, queries, heads, headWidth } = call;
  return {
    cell: headWidth % 4 === 0 ? 4 : 1,
    constants: tileConstants(tile, pass),
    uniforms: {
      ...{ tokens, queries, heads, headWidth, scale: headWidth ** -0.5, proportional: size ? 1 : 0 },
      ...{ slices: slicesOf(tile, pass), most: NO_BOUND },
    },
  } as const;
}

/** Multiply-accumulates of one Q x N x D product over all heads and images. */
export function productOf({ images, heads, tokens, queries, headWidth }: AttentionCall): number {
  return images * heads * queries * tokens * headWidth;
}
