import { protectedTokens } from '../../vit/architecture.js';
import { attentionHalf } from './parts/attention.js';
import { merging } from './parts/merging.js';
import { mlpHalf } from './parts/mlp.js';
import type { BlockContext, Stream } from './state.js';

/** One block: x += attention, the merge, x += MLP. It is the unit that the tape can recompute. */
export function block(context: BlockContext, stream: Stream): Stream {
  return context.recorder.segment(() => {
    const queries = tokensRead(context, stream);
    const { x, qkv } = attentionHalf(context, stream, queries);
    const whole = queries === stream.tokens;
    const merged: Stream = whole ? merging(context, { ...stream, x }, qkv) : { x, tokens: queries };
    const out = mlpHalf(context, merged);
    if (context.call.keepBlocks) context.recorder.output(`blocks.${context.block}.output`, out);
    return { ...merged, x: out };
  });
}

/**
 * How many tokens in front of each picture are read after the block. After the last block only tokens with heads are read, which no merge
 * moves or changes. The others are computed only if the block's whole output is wanted.
 */
function tokensRead({ state, call, block: index }: BlockContext, { tokens }: Stream): number {
  const last = index === state.architecture.depth - 1;
  return last && !call.keepBlocks && !call.trace ? protectedTokens(state.architecture) : tokens;
}
