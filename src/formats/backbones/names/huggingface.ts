import { concatenate, HALF } from './map.js';
import type { NamedFileView, NameMap, Resolution } from './map.js';

const TOP: Readonly<Record<string, string>> = {
  cls_token: 'embeddings.cls_token',
  dist_token: 'embeddings.distillation_token',
  pos_embed: 'embeddings.position_embeddings',
  'patch_embed.proj.weight': 'embeddings.patch_embeddings.projection.weight',
  'patch_embed.proj.bias': 'embeddings.patch_embeddings.projection.bias',
  'norm.weight': 'layernorm.weight',
  'norm.bias': 'layernorm.bias',
};

interface BlockNames {
  readonly block: (index: string) => string;
  readonly qkv: readonly [string, string, string];
  readonly layers: Readonly<Record<string, string>>;
}

/** Until transformers 5.8. */
const OLDER: BlockNames = {
  block: (index) => `encoder.layer.${index}.`,
  qkv: ['attention.attention.query', 'attention.attention.key', 'attention.attention.value'],
  layers: {
    norm1: 'layernorm_before',
    norm2: 'layernorm_after',
    'attn.proj': 'attention.output.dense',
    'mlp.fc1': 'intermediate.dense',
    'mlp.fc2': 'output.dense',
  },
};

/** From transformers 5.9 on. */
const NEWER: BlockNames = {
  block: (index) => `layers.${index}.`,
  qkv: ['attention.q_proj', 'attention.k_proj', 'attention.v_proj'],
  layers: {
    norm1: 'layernorm_before',
    norm2: 'layernorm_after',
    'attn.proj': 'attention.o_proj',
    'mlp.fc1': 'mlp.fc1',
    'mlp.fc2': 'mlp.fc2',
  },
};

const OLDER_BLOCK = /^encoder\.layer\.(\d{1,3})\./;
const NEWER_BLOCK = /^layers\.(\d{1,3})\./;

/** Heads lie beside `vit.` and `deit.`, not below; DeiT distilled has two. */
function resolveHead(head: string, part: string, file: NamedFileView): Resolution {
  const outer = file.prefix.replace(/(vit|deit)\.$/, '');
  if (head === 'head_dist') return file.copyAbsolute(`${outer}distillation_classifier.${part}`);
  const distilled = file.store.tensors.has(`${outer}cls_classifier.weight`);
  return file.copyAbsolute(`${outer}${distilled ? 'cls_classifier' : 'classifier'}.${part}`);
}

function resolve(timmName: string, file: NamedFileView): Resolution {
  const top = TOP[timmName];
  if (top !== undefined) return file.copy(top);
  const [, head, headPart = ''] = /^(head|head_dist)\.(weight|bias)$/.exec(timmName) ?? [];
  if (head !== undefined) return resolveHead(head, headPart, file);
  const [, index, layer = '', part = ''] = /^blocks\.(\d+)\.(.+)\.(weight|bias)$/.exec(timmName) ?? [];
  if (index === undefined) return { kind: 'missing', source: timmName };
  const names = file.count(NEWER_BLOCK) > 0 ? NEWER : OLDER;
  const block = names.block(index);
  if (layer === 'attn.qkv') {
    return file.combine(
      names.qkv.map((name) => `${block}${name}.${part}`),
      part === 'weight' ? 2 : 1,
      ([shape = []]) => [3 * (shape[0] ?? 0), ...shape.slice(1)],
      concatenate,
    );
  }
  const name = names.layers[layer];
  return name === undefined ? { kind: 'missing', source: timmName } : file.copy(`${block}${name}.${part}`);
}

/**
 * The names in transformers (until 5.8) of a tensor that timm calls `timmName`: one, three for the joint query, key and value, none for
 * what has no name there.
 */
export function huggingFaceNames(timmName: string, distilled: boolean): readonly string[] {
  const prefix = distilled ? 'deit.' : 'vit.';
  const top = TOP[timmName];
  if (top !== undefined) return [prefix + top];
  const [, head, headPart = ''] = /^(head|head_dist)\.(weight|bias)$/.exec(timmName) ?? [];
  if (head === 'head_dist') return [`distillation_classifier.${headPart}`];
  if (head !== undefined) return [`${distilled ? 'cls_classifier' : 'classifier'}.${headPart}`];
  const [, index, layer = '', part = ''] = /^blocks\.(\d+)\.(.+)\.(weight|bias)$/.exec(timmName) ?? [];
  if (index === undefined) return [];
  const block = prefix + OLDER.block(index);
  if (layer === 'attn.qkv') return OLDER.qkv.map((name) => `${block}${name}.${part}`);
  const name = OLDER.layers[layer];
  return name === undefined ? [] : [`${block}${name}.${part}`];
}

/** transformers' ViT and DeiT, whole (`vit.`, `deit.`) or bare. */
export const huggingFace: NameMap = {
  format: 'Hugging Face ViT',
  anchors: [
    'embeddings.patch_embeddings.projection.weight',
    'embeddings.cls_token',
    'embeddings.position_embeddings',
    'encoder.layer.0.attention.attention.query.weight',
    'layers.0.attention.q_proj.weight',
  ],
  preferredPrefixes: ['', 'vit.', 'deit.'],
  unsupported: [
    { tensor: /^embeddings\.register_tokens$/, feature: 'register tokens' },
    { tensor: /(^|\.)layer_scale1\.|(^|\.)lambda_1$/, feature: 'LayerScale under other names than those of timm' },
    { tensor: /relative_position_bias/, feature: 'relative position bias' },
    { tensor: /^pooler\.layernorm\./, feature: 'mean pooling instead of the class token' },
    { tensor: /\.mlp\.(weights_in|gate_proj)\./, feature: 'gated MLPs' },
  ],
  depth: (file) => Math.max(file.count(OLDER_BLOCK), file.count(NEWER_BLOCK)),
  resolve,
  // transformers' ViTConfig and ViTImageProcessor, where no configuration file says otherwise.
  layerNormEpsilon: 1e-12,
  mean: HALF,
  std: HALF,
};
