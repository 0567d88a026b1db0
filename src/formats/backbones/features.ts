/** Features that a plain vision transformer does not have, recognised by the tensors that show them. */
import type { NamedFileView, NameMap } from './names/map.js';

export interface Feature {
  /** The file's name of the tensor. */
  readonly tensor: string;
  /** What it does, as part of a sentence. */
  readonly feature: string;
}

/** Tensors that replace a block's MLP, by a part of their names. */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)(w12|w1|w2|w3|fc1_[gx]|weights_in|weights_out|gate_proj|up_proj)\./, 'gated MLPs'],
  [/^(in_proj|in_norm|attns|ffns|mlp_out_proj|attn_out_proj)\b/, 'attention and MLPs beside each other (parallel blocks)'],
];

/** Tensors of other features inside a block, by a part of their names. */
const INSIDE_BLOCKS: readonly (readonly [RegExp, string])[] = [
  ...INSTEAD,
  [
    /\.(absmax|quant_map|nested_\w+|quant_state\.\w+|SCB|weight_format|qweight|qzeros|scales|g_idx|(weight|input)_scale)$/,
    'quantised weights in place of the original ones',
  ],
  [/(^|\.)proj_[lw]\./, 'attention that mixes its heads (talking heads, as CaiT has)'],
  [/(^|[._])(q_norm|k_norm|norm_q|norm_k|qk_norm)([._]|$)/, 'normalised queries and keys (q_norm, k_norm)'],
  [/(^|\.)[qkv]_bias$|\.(query|value|q_proj|v_proj)\.bias$/, 'separate query and value biases, as BEiT has'],
  [/(^|\.)attn\.([qkv]|[qkv]_proj)\./, 'separate query, key and value projections'],
  [/(^|[._])lambda_[qk]\d?|(^|\.)lambda_init$|subln/, 'differential attention'],
  [/relative_position|(^|\.)rel_pos/, 'relative position bias'],
  [/(^|\.)rope/, 'rotary position embedding'],
  [/(^|[._])(gate|gating|gate_logits?)([._]|$)/, 'gates'],
  [/(^|\.)(attn|mlp)\.norm\./, 'LayerNorms inside attention or MLP'],
  [/(^|\.)ssf_/, 'scales and shifts of its features (SSF)'],
  [
    /lora/i,
    'LoRA that was not merged, and a checkpoint does not say its factor; give the adapter as PEFT saves it, or merge it first',
  ],
  [/adapter|adaptmlp|down_proj/i, 'adapters of another kind than PYRA’s'],
  [/prompt/, 'prompt tokens'],
  [/layer_scale|(^|\.)(gamma|lambda)_?\d|(^|\.)ls\d/, 'LayerScale under names that are not known'],
  [/(^|\.)(dwconv|conv|cpe|pos_conv)\d?\./, 'convolutions'],
  [/attn2|cross|(^|\.)norm[03-9]\./, 'another attention or norm'],
];

/** The first tensor that shows that the model is another, inside a block or outside; undefined for a plain one. */
export function unsupportedFeature(map: NameMap, file: NamedFileView): Feature | undefined {
  for (const local of file.localNames()) {
    const outside = map.unsupported.find(({ tensor }) => tensor.test(local));
    if (outside) return { tensor: file.sourceOf(local), feature: outside.feature };
  }
  return undefined;
}

/** For a tensor inside a block that nothing was made of, the feature that it belongs to. Undefined for a tensor outside the blocks. */
export function blockFeature(map: NameMap, file: NamedFileView, tensor: string): Feature | undefined {
  const inner = map.insideBlock.exec(file.localOf(tensor) ?? '')?.[1];
  if (inner === undefined) return undefined;
  return {
    tensor,
    feature: firstMatch(INSIDE_BLOCKS, inner) ?? `'${inner}' inside its blocks, so that they compute something else`,
  };
}

/** The first tensor in a block that replaces a missing layer. */
export function featureInstead(map: NameMap, file: NamedFileView): Feature | undefined {
  for (const local of file.localNames()) {
    const feature = firstMatch(INSTEAD, map.insideBlock.exec(local)?.[1] ?? '');
    if (feature !== undefined) return { tensor: file.sourceOf(local), feature };
  }
  return undefined;
}

const firstMatch = (table: readonly (readonly [RegExp, string])[], inner: string): string | undefined =>
  table.find(([pattern]) => pattern.test(inner))?.[1];
