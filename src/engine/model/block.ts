import { protectedTokens } from '../../vit/architecture.js';
import { attentionHalf } from './parts/attention.js';
import { merging } from './parts/merging.js';
import { mlpHalf } from './parts/mlp.js';
import type { BlockContext, Stream } from './state.js';

/** One block: x += attention, the merge, x += MLP; what the tape may run again. */
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
 * Of each picture's tokens, the first so many are read after the block. Of the last block only the prefix tokens are, which have
 * heads and which no merge moves or adds to, unless somebody looks at the block itself: the rest is left out.
 */
function tokensRead({ state, call, block: index }: BlockContext, { tokens }: Stream): number {
  const last = index === state.architecture.depth - 1;
  return last && !call.keepBlocks && !call.trace ? protectedTokens(state.architecture) : tokens;
}
