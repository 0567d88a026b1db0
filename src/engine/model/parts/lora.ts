import { linear } from '../../operations/linear.js';
import type { Dropout } from '../../plan/operation.js';
import type { Tensor } from '../../plan/tensor.js';
import { dropoutIn, trainedIn, nameIn, type BlockContext } from '../state.js';

/** Dropout of LoRA's input; nothing outside training. */
export function loraDropout(context: BlockContext): Dropout | undefined {
  return context.state.options.loraRank > 0 ? dropoutIn(context, 'lora') : undefined;
}

/**
 * LoRA's share of queries, keys and values: LoRA_b(LoRA_a(dropout(h))), without bias and without a factor.
 * @param dropped [rows, C] @returns [rows, 3 C], to which the frozen layer adds its own; nothing without LoRA.
 */
export function lora(context: BlockContext, dropped: Tensor, rows: number): Tensor | undefined {
  const { recorder, state } = context;
  const { embedDim: channels } = state.architecture;
  const rank = state.options.loraRank;
  if (rank === 0) return undefined;
  const low = linear(recorder, {
    label: nameIn(context, 'LoRA a'),
    a: dropped,
    weight: trainedIn(context, 'attn.LoRA_a.weight'),
    ...{ rows, columns: rank, depth: channels },
  });
  return linear(recorder, {
    label: nameIn(context, 'LoRA b'),
    a: low,
    weight: trainedIn(context, 'attn.LoRA_b.weight'),
    ...{ rows, columns: 3 * channels, depth: rank },
  });
}
