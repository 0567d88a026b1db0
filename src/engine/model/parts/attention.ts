import { attention } from '../../operations/attention.js';
import { firstTokens } from '../../operations/first-tokens.js';
import { layerNorm } from '../../operations/layer-norm.js';
import { linear } from '../../operations/linear.js';
import type { Tensor } from '../../plan/tensor.js';
import { dropPathIn, backboneIn, nameIn, type BlockContext, type Stream } from '../state.js';
import { lora, loraDropout } from './lora.js';

/**
 * x + dropPath(attention(norm1(x))), with LoRA on queries, keys and values.
 * @param queries Q: only the first Q tokens of each picture are computed.
 * @returns the new x of these tokens [B, Q, C], and qkv [B, N, 3, H, D].
 */
export function attentionHalf(
  context: BlockContext,
  stream: Stream,
  queries: number,
): { readonly x: Tensor; readonly qkv: Tensor } {
  const { recorder, state, call } = context;
  const { embedDim: channels, heads, layerNormEpsilon: epsilon } = state.architecture;
  const { images } = call;
  const { x, tokens, size } = stream;
  const rows = images * tokens;
  const normed = layerNorm(recorder, {
    label: nameIn(context, 'norm1'),
    x,
    gamma: backboneIn(context, 'norm1.weight'),
    beta: backboneIn(context, 'norm1.bias'),
    drop: loraDropout(context),
    ...{ channels, epsilon },
  });
  const qkv = linear(recorder, {
    label: nameIn(context, 'qkv'),
    a: normed.y,
    weight: backboneIn(context, 'attn.qkv.weight'),
    bias: backboneIn(context, 'attn.qkv.bias'),
    onto: lora(context, normed.dropped, rows),
    ...{ rows, columns: 3 * channels, depth: channels },
  });
  const attended = attention(recorder, {
    label: nameIn(context, 'attention'),
    qkv,
    size: state.options.proportionalAttention ? size : undefined,
    ...{ images, tokens, queries, heads, headWidth: channels / heads },
  });
  const residual =
    queries < tokens
      ? firstTokens(recorder, { label: nameIn(context, 'first tokens'), x, images, tokens, kept: queries, channels })
      : x;
  const out = linear(recorder, {
    label: nameIn(context, 'projection'),
    a: attended,
    weight: backboneIn(context, 'attn.proj.weight'),
    bias: backboneIn(context, 'attn.proj.bias'),
    dropPath: dropPathIn(context, 'attentionPath', queries),
    residual,
    ...{ rows: images * queries, columns: channels, depth: channels },
  });
  return { x: out, qkv };
}
