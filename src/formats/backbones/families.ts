/** Other families of models, recognised by a configuration's `model_type`, by timm's name, or by tensors that only they have. */
import type { TensorStore } from '../../containers/tensor-store.js';

/** transformers' model types, by how they begin. */
const MODEL_TYPES: readonly (readonly [RegExp, string])[] = [
  [/^swin/, 'a Swin transformer'],
  [/^convnext/, 'a ConvNeXt'],
  [/clip/, 'a CLIP'],
  [/siglip/, 'a SigLIP'],
  [/^beit|^data2vec/, 'a BEiT, with relative position bias'],
  [/^dinov3/, 'a DINOv3, with rotary positions'],
  [/^yolos/, 'a YOLOS, with detection tokens'],
  [/^vilt/, 'a ViLT, with text'],
  [/^vivit|^videomae|^timesformer/, 'a model of videos'],
  [/^ijepa/, 'an I-JEPA, without a class token'],
  [/^(resnet|regnet|bit|efficientnet|mobilenet|mobilevit)/, 'a convolutional network'],
  [/^(dpt|segformer|mask2former|maskformer|oneformer|detr|sam)/, 'a model of segmentation, depth or detection'],
  [/^(levit|pvt|poolformer|efficientformer|hiera|cvt|nat|dinat|focalnet|swiftformer)/, 'another family of vision models'],
  [/^(bert|roberta|gpt|llama|t5|mistral|qwen|gemma|distilbert|electra)/, 'a model of text'],
];

/** timm's architectures, by how they begin; those of a plain vision transformer are in none. */
const TIMM_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^swin/, 'a Swin transformer'],
  [/^convnext/, 'a ConvNeXt'],
  [/^beit/, 'a BEiT, with relative position bias'],
  [/^cait/, 'a CaiT, with talking heads and class attention'],
  [/^eva02|rope|dinov3|_pe_|sapiens|lingbot/, 'a transformer with rotary positions'],
  [/^eva_giant/, 'an EVA'],
  [/quickgelu/, "a transformer with the activation 'quick_gelu'"],
  [/_clip_/, 'a CLIP tower, with a LayerNorm before its blocks'],
  [/siglip/, 'a SigLIP, without a class token'],
  [/_rpn_/, 'a transformer with LayerNorms behind attention and MLP'],
  [/relpos/, 'a transformer with relative position bias'],
  [/_18x2_|_xp_|_par/, 'a transformer with parallel blocks'],
  [/_giant_\w*tipsv2/, 'a transformer with gated MLPs'],
  [/_radio_|^aimv2|intern300m|^naflexvit|_mci_/, 'a transformer with other blocks'],
  [/^vit_\w*(_r\d+_s\d+|_r_s\d+|_resnet)/, 'a transformer behind a convolutional network'],
  [/^samvit/, 'a SAM encoder, with relative position bias'],
  [
    /^(crossvit|xcit|volo|coat|convit|levit|pit_|tnt_|twins|nest_|mvitv2|maxvit|maxxvit|davit|gcvit|focalnet|hiera|pvt|mobilevit|vitamin)/,
    'another family of transformers',
  ],
  [
    /^(resnet|resnext|resnetv2|efficientnet|tf_efficientnet|regnet|mobilenet|densenet|vgg|inception|nfnet|mixer_|gmlp|resmlp|poolformer|metaformer|caformer|convformer|res2net|rexnet|ghostnet|edgenext)/,
    'no vision transformer',
  ],
];

/** Tensors that only a model of that family has. */
const TENSORS: readonly (readonly [RegExp, string])[] = [
  [
    /(^|\.)(text_model|text_projection|token_embedding)(\.|$)|^(\w+\.)?logit_scale$|(^|\.)visual\.(conv1|class_embedding|trunk)|(^|\.)embeddings\.class_embedding$|(^|\.)transformer\.resblocks\.\d+\./,
    'a CLIP',
  ],
  [/(^|\.)(head\.probe|embeddings\.position_embedding\.weight)$/, 'a SigLIP'],
  [
    /layers\.\d+\.blocks\.\d+\.(attn\.relative_position_bias_table|attention\.)|swin(v2)?\.encoder|features\.\d+\.\d+\.attn\.relative_position_bias_table/,
    'a Swin transformer',
  ],
  [
    /stages\.\d+\.(blocks|layers)\.\d+\.(conv_dw|dwconv)|convnext(v2)?\.encoder|(^|\.)features\.\d+\.\d+\.layer_scale$/,
    'a ConvNeXt',
  ],
  [/(^|\.)blocks\.\d+\.attn\.relative_position_bias_table$/, 'a BEiT, with relative position bias'],
  [/(^|\.)patch_embed\.backbone\./, 'a transformer behind a convolutional network (hybrid)'],
  [/(^|\.)blocks\.\d+\.(attn_out|mlp_in)\./, 'a TNT'],
  [/(^|\.)transformers\.\d+\.blocks\.\d+\./, 'a PiT, with stages'],
  [/(^|\.)network\.\d+\.\d+\.attn\./, 'a VOLO'],
  [/(^|\.)blocks\.\d+\.blocks\.\d+\.\d+\.attn\./, 'a CrossViT'],
  [/(^|\.)to_patch_embedding\.\d+\./, 'a vision transformer of vit-pytorch (lucidrains), whose arithmetic differs'],
  [
    /(^|\.)blocks_token_only\.|\.attn\.proj_[lw]\./,
    'a CaiT, with talking heads (proj_l, proj_w) and class attention (blocks_token_only)',
  ],
  [/(^|\.)cls_attn_blocks\./, 'an XCiT'],
  [/(^|\.)embeddings\.patch_embeddings\.(weight|bias)$|(^|\.)rope_embeddings\./, 'a DINOv3, with rotary positions'],
  [/detection_tokens$/, 'a YOLOS, with detection tokens'],
  [/text_embeddings\./, 'a ViLT, with text'],
  [/\.rel_pos_[hw]$/, 'a SAM encoder, with relative position bias'],
  [/(^|\.)layer1\.0\.conv1\.weight$/, 'a ResNet'],
  [/(^|\.)conv_stem\.weight$|blocks\.\d+\.\d+\.conv_pw/, 'an EfficientNet or MobileNet'],
  [
    /(^|\.)(reassemble_stage|fusion_stage|fov_model|bbox_embed|bbox_predictor|box_head)\./,
    'a model of segmentation, depth or detection',
  ],
  [/(^|\.)embeds\.(patch_embed\.)?proj\./, 'a NaFlexViT'],
  [/mlp_tokens\.fc1/, 'an MLP-Mixer'],
  [/(^|\.)bert\.|word_embeddings\.weight$|embed_tokens\.weight$/, 'a model of text'],
  [/(^|\.)(stages|levels|encoder\.block|patch_embeddings)\.\d+\./, 'a network with stages'],
];

const firstMatch = (table: readonly (readonly [RegExp, string])[], text: string): string | undefined =>
  table.find(([pattern]) => pattern.test(text))?.[1];

/** What a model of transformers' `model_type` is, where it is known and no plain vision transformer. */
export const unsupportedFamily = (modelType: string): string | undefined => firstMatch(MODEL_TYPES, modelType);

/** What timm's architecture of that name is, where it is no plain vision transformer. */
export const timmFamily = (architecture: string): string | undefined => firstMatch(TIMM_NAMES, architecture);

/** timm's names of architectures whose tensors look like a plain transformer's. */
const LOOKS_PLAIN = /^(vit_\w*_rope_|vit_\w*_rpn_|eva02_)/;

/** The family that a file's name tells, for models whose tensors look like a plain transformer's. */
export function familyOfFile(file: string): string | undefined {
  const name = file.slice(file.lastIndexOf('/') + 1).toLowerCase();
  return LOOKS_PLAIN.test(name) ? timmFamily(name) : undefined;
}

/** The family of a file that contains a tensor which only such models have, and that tensor. */
export function familyOfTensors(store: TensorStore): { readonly family: string; readonly tensor: string } | undefined {
  // ViT-pytorch, which is read, shares names with others.
  if ([...store.tensors.keys()].some((tensor) => /(^|\.)encoder\.layer\.\d+\.attention_norm\.weight$/.test(tensor)))
    return undefined;
  for (const [pattern, family] of TENSORS) {
    for (const tensor of store.tensors.keys()) if (pattern.test(tensor)) return { family, tensor };
  }
  return undefined;
}
