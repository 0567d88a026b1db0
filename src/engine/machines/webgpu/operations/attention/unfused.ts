import type { AttentionCall } from '../../../../operations/attention.js';
import type { Tensor } from '../../../../plan/tensor.js';
import { picturesStored, type AttentionTile } from '../../candidates/attention.js';
import { defineKernel, flatGrid } from '../../kernel.js';
import type { Lowering } from '../../lowering.js';
import { productOf, tileCall, tileUniforms, type BackwardTensors, type ForwardTensors } from './tiles.js';
import { chooseLanes, defineLaneKernels, type Lanes } from '../lanes.js';

const stored = { wide: ['common/cell'], includes: ['attention/never', 'attention/tiles', 'attention/stored-scores'] };
const shape = { ...tileUniforms, first: 'u32', quads: 'u32' } as const;

const scores = defineKernel({
  shader: 'attention/scores',
  wide: stored.wide,
  includes: [...stored.includes, 'attention/score-tiles', 'attention/powers'],
  buffers: { qkv: 'read', size: 'read', scores: 'write' },
  uniforms: shape,
});

const exponentials = defineLaneKernels({
  shader: 'attention/exponentials',
  includes: ['attention/never', 'attention/powers'],
  buffers: { scores: 'update', highest: 'write' },
  uniforms: { rows: 'u32', quads: 'u32' },
});

const weighted = defineKernel({
  shader: 'attention/weighted',
  wide: stored.wide,
  includes: [...stored.includes, 'attention/weighted-tiles', 'attention/powers', 'attention/dout'],
  buffers: { scores: 'read', highest: 'read', qkv: 'read', dout: 'read', goal: 'update', lse: 'update' },
  uniforms: { ...shape, save: 'u32', part: 'u32' },
});

const logitGradients = defineKernel({
  shader: 'attention/logit-gradients',
  wide: stored.wide,
  includes: [...stored.includes, 'attention/score-tiles', 'attention/dout', 'attention/gradients'],
  buffers: {
    ...{ qkv: 'read', size: 'read', out: 'read', dout: 'read', lse: 'read' },
    ...{ probability: 'write', ds: 'write' },
  },
  uniforms: shape,
});

/** What a dispatch of `attention/weighted` computes: the number of its part there. */
const PARTS = { queries: 0, keys: 1, values: 2, out: 3 } as const;

/** Consecutive pictures whose scores are stored at a time. */
interface Portion {
  readonly first: number;
  readonly images: number;
}

const quadsOf = ({ tokens }: AttentionCall): number => Math.ceil(tokens / 4);

/** Stored scores of a picture, in float32 numbers. */
const scoresEach = (call: AttentionCall): number => call.heads * call.queries * 4 * quadsOf(call);

/** The pictures whose scores are stored at a time; 0 where there is no room for those of one. */
export function pictureRoom({ gpu }: Lowering, call: AttentionCall): number {
  return picturesStored(call.images, 4 * scoresEach(call), gpu.limits.maxStorageBufferBindingSize);
}

function portionsOf(lowering: Lowering, call: AttentionCall): Portion[] {
  const room = pictureRoom(lowering, call);
  const count = Math.ceil(call.images / room);
  return Array.from({ length: count }, (_, i) => ({ first: i * room, images: Math.min(room, call.images - i * room) }));
}

interface Unfused<T> {
  readonly label: string;
  readonly tensors: T;
  readonly call: AttentionCall;
  readonly tile: AttentionTile;
}

/** Scores, their exponentials, and the product with the values, for a portion of the pictures at a time. */
export function lowerUnfused(lowering: Lowering, { label, tensors, call, tile }: Unfused<ForwardTensors>): void {
  const { qkv, size, out, lse } = tensors;
  const portions = portionsOf(lowering, call);
  const room = portions[0]?.images ?? 0;
  const table = lowering.scratch(`${label} scores`, room * scoresEach(call));
  const highest = lowering.scratch(`${label} highest`, room * call.heads * call.queries);
  const lanes = rowLanes(lowering, call, room);
  for (const portion of portions) {
    lowering.dispatch(scores, {
      label: `${label} scores`,
      buffers: { qkv, size: size ?? lowering.unused, scores: table },
      ...scoreTiles(call, portion, tile, 1, size),
    });
    dispatchExponentials(
      lowering,
      { label: `${label} exponentials`, scores: table, highest, call, images: portion.images },
      lanes,
    );
    const rest = { highest, qkv, dout: lowering.unused, goal: out, lse: lse ?? lowering.unusedWrite() };
    dispatchWeighted(lowering, {
      label,
      buffers: { scores: table, ...rest },
      call,
      portion,
      tile,
      part: 'out',
      save: lse !== undefined,
    });
  }
}

interface Exponentials {
  readonly label: string;
  readonly scores: Tensor;
  readonly highest: Tensor;
  readonly call: AttentionCall;
  readonly images: number;
}

/** How the highest score of a row is found. */
function rowLanes(lowering: Lowering, call: AttentionCall, images: number): Lanes {
  const rows = images * call.heads * call.queries;
  return chooseLanes(lowering, { what: 'exponentials', rows, channels: call.tokens }, (on, lanes) => {
    const tensors = { scores: on.scratch('scores', images * scoresEach(call)), highest: on.scratch('highest', rows) };
    dispatchExponentials(on, { label: 'exponentials', ...tensors, call, images }, lanes);
  });
}

function dispatchExponentials(
  lowering: Lowering,
  { label, scores: table, highest, call, images }: Exponentials,
  { form, constants }: Lanes,
): void {
  const rows = images * call.heads * call.queries;
  lowering.dispatch(exponentials[form], {
    label,
    buffers: { scores: table, highest },
    uniforms: { rows, quads: quadsOf(call) },
    constants,
    grid: flatGrid(rows, constants.ROWS),
  });
}

/** Probabilities and the gradients of logits once, and the three products with them, for a portion of the pictures at a time. */
export function lowerUnfusedBackward(lowering: Lowering, { label, tensors, call, tile }: Unfused<BackwardTensors>): void {
  const { qkv, size, out, lse, dout, dqkv } = tensors;
  const portions = portionsOf(lowering, call);
  const length = (portions[0]?.images ?? 0) * scoresEach(call);
  const [probability, ds] = [lowering.scratch(`${label} probabilities`, length), lowering.scratch(`${label} logits`, length)];
  for (const portion of portions) {
    lowering.dispatch(logitGradients, {
      label: `${label} logits`,
      buffers: { qkv, size: size ?? lowering.unused, out, dout, lse, probability, ds },
      ...scoreTiles(call, portion, tile, 2, size),
    });
    for (const [part, table] of [
      ['queries', ds],
      ['keys', ds],
      ['values', probability],
    ] as const) {
      const buffers = { scores: table, highest: lowering.unused, qkv, dout, goal: dqkv, lse: lowering.unusedWrite() };
      dispatchWeighted(lowering, { label: `${label} ${part}`, buffers, call, portion, tile, part, save: false });
    }
  }
}

/** What the dispatches of score tiles have in common. */
function scoreTiles(call: AttentionCall, portion: Portion, tile: AttentionTile, products: 1 | 2, size: Tensor | undefined) {
  const across = Math.ceil(call.tokens / tile.columns);
  const { uniforms, cell, constants } = tileCall(call, { products, headWidth: call.headWidth }, tile, size);
  return {
    ...{ cell, constants },
    uniforms: { ...uniforms, slices: across, first: portion.first, quads: quadsOf(call) },
    grid: [Math.ceil(call.queries / tile.rows) * across, call.heads, portion.images],
    macs: products * productOf({ ...call, images: portion.images }),
  } as const;
}

interface Weighted {
  readonly label: string;
  readonly buffers: Readonly<Record<'scores' | 'highest' | 'qkv' | 'dout' | 'goal' | 'lse', Tensor>>;
  readonly call: AttentionCall;
  readonly portion: Portion;
  readonly tile: AttentionTile;
  readonly part: keyof typeof PARTS;
  readonly save: boolean;
}

function dispatchWeighted(lowering: Lowering, { label, buffers, call, portion, tile, part, save }: Weighted): void {
  const { uniforms, cell, constants } = tileCall(call, { products: 1, headWidth: call.headWidth }, tile, undefined);
  const rows = part === 'out' ? call.queries : call.tokens;
  lowering.dispatch(weighted, {
    label,
    buffers,
    ...{ cell, constants },
    uniforms: { ...uniforms, first: portion.first, quads: quadsOf(call), save: save ? 1 : 0, part: PARTS[part] },
    grid: [Math.ceil(rows / tile.rows) * uniforms.slices, call.heads, portion.images],
    macs: productOf({ ...call, images: portion.images }),
  });
}
