import { attentionHalf } from './parts/attention.js';
import { merging } from './parts/merging.js';
import { mlpHalf } from './parts/mlp.js';
import type { BlockContext, Stream } from './state.js';

/** One block: x += attention, the merge, x += MLP; what the tape may run again. */
export function block(context: BlockContext, stream: Stream): Stream {
  return context.recorder.segment(() => {
    const { x, qkv } = attentionHalf(context, stream);
    const merged = merging(context, { ...stream, x }, qkv);
    const out = mlpHalf(context, merged);
    if (context.call.keepBlocks) context.recorder.output(`blocks.${context.block}.output`, out);
    return { ...merged, x: out };
  });
}
