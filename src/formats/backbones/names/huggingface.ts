import { concatenate, linearHead } from './map.js';
import type { NamedFileView, NameMap, Resolution } from './map.js';

const TOP: Readonly<Record<string, string>> = {
  cls_token: 'embeddings.cls_token',
  dist_token: 'embeddings.distillation_token',
  reg_token: 'embeddings.register_tokens',
  pos_embed: 'embeddings.position_embeddings',
  'patch_embed.proj.weight': 'embeddings.patch_embeddings.projection.weight',
  'patch_embed.proj.bias': 'embeddings.patch_embeddings.projection.bias',
  'norm.weight': 'layernorm.weight',
  'norm.bias': 'layernorm.bias',
};

interface Layers {
  readonly norm1: string;
  readonly norm2: string;
  readonly fc1: string;
  readonly fc2: string;
  readonly proj: string;
  readonly qkv: readonly [string, string, string];
}

const OLDER_ATTENTION = {
  proj: 'attention.output.dense',
  qkv: ['attention.attention.query', 'attention.attention.key', 'attention.attention.value'],
} as const;
const NEWER_ATTENTION = { proj: 'attention.o_proj', qkv: ['attention.q_proj', 'attention.k_proj', 'attention.v_proj'] } as const;
const VIT_NORMS = { norm1: 'layernorm_before', norm2: 'layernorm_after' } as const;
const NEWER_MLP = { fc1: 'mlp.fc1', fc2: 'mlp.fc2' } as const;

/** ViT and DeiT until transformers 5.8. Later versions still write files with these names by default. */
const OLDER: Layers = { ...VIT_NORMS, fc1: 'intermediate.dense', fc2: 'output.dense', ...OLDER_ATTENTION };
/** From transformers 5.9 on: the names in memory, and in files where that is asked for. */
const NEWER: Layers = { ...VIT_NORMS, ...NEWER_MLP, ...NEWER_ATTENTION };
const DINOV2: Layers = { norm1: 'norm1', norm2: 'norm2', ...NEWER_MLP, ...OLDER_ATTENTION };
const NEWER_DINOV2: Layers = { ...DINOV2, ...NEWER_ATTENTION };

const SCALES: Readonly<Record<string, string>> = { 'ls1.gamma': 'layer_scale1.lambda1', 'ls2.gamma': 'layer_scale2.lambda1' };

const ENCODER_BLOCK = /^encoder\.layer\.(\d{1,3})\./;
const BARE_BLOCK = /^layers\.(\d{1,3})\./;
const DINOV2_BLOCK = /^(?:encoder\.layer|layers)\.(\d{1,3})\.norm1\./;
const NEWER_BLOCK = /^(?:encoder\.layer|layers)\.(\d{1,3})\.attention\.[qkvo]_proj\./;

function layersOf(file: NamedFileView): Layers {
  const newer = file.count(NEWER_BLOCK) > 0;
  if (file.count(DINOV2_BLOCK) > 0) return newer ? NEWER_DINOV2 : DINOV2;
  return newer || file.count(BARE_BLOCK) > 0 ? NEWER : OLDER;
}

function layerName(layers: Layers, layer: string): string | undefined {
  switch (layer) {
    case 'norm1':
    case 'norm2':
      return layers[layer];
    case 'attn.proj':
      return layers.proj;
    case 'mlp.fc1':
      return layers.fc1;
    case 'mlp.fc2':
      return layers.fc2;
    default:
      return undefined;
  }
}

function resolve(timmName: string, file: NamedFileView): Resolution {
  const top = TOP[timmName];
  if (top !== undefined) return file.copy(top);
  const [, index, local = ''] = /^blocks\.(\d+)\.(.+)$/.exec(timmName) ?? [];
  if (index === undefined) return { kind: 'missing', source: timmName };
  const block = file.count(BARE_BLOCK) > 0 ? `layers.${index}.` : `encoder.layer.${index}.`;
  const scale = SCALES[local];
  if (scale !== undefined) return file.copy(block + scale);
  const [, layer = '', part = ''] = /^(.+)\.(weight|bias)$/.exec(local) ?? [];
  const layers = layersOf(file);
  if (layer === 'attn.qkv') {
    return file.combine(
      layers.qkv.map((name) => `${block}${name}.${part}`),
      part === 'weight' ? 2 : 1,
      ([shape = []]) => [3 * (shape[0] ?? 0), ...shape.slice(1)],
      concatenate,
    );
  }
  const name = layerName(layers, layer);
  return name === undefined ? { kind: 'missing', source: timmName } : file.copy(`${block}${name}.${part}`);
}

/** transformers' classes of vision transformers. */
export type HuggingFaceKind = 'vit' | 'deit' | 'deit with teacher' | 'dinov2' | 'dinov2_with_registers';

/** A generation of names: `older` as in files, `newer` as modules have them in memory from transformers 5.9 on. */
export type HuggingFaceGeneration = 'older' | 'newer';

const prefixOf = (kind: HuggingFaceKind): string => `${kind === 'deit with teacher' ? 'deit' : kind}.`;

function namedLayers(kind: HuggingFaceKind, generation: HuggingFaceGeneration): { block: string; layers: Layers } {
  const dinov2 = kind.startsWith('dinov2');
  if (generation === 'older') return { block: 'encoder.layer.', layers: dinov2 ? DINOV2 : OLDER };
  return { block: dinov2 ? 'encoder.layer.' : 'layers.', layers: dinov2 ? NEWER_DINOV2 : NEWER };
}

/**
 * transformers' names of the tensor that timm calls `timmName`: three for the joint query, key and value, none where transformers has no
 * such tensor, else one.
 */
export function huggingFaceNames(
  timmName: string,
  kind: HuggingFaceKind,
  generation: HuggingFaceGeneration = 'older',
): readonly string[] {
  const top = TOP[timmName];
  if (top !== undefined) return [prefixOf(kind) + top];
  const [, head, headPart = ''] = /^(head|head_dist)\.(weight|bias)$/.exec(timmName) ?? [];
  if (head === 'head_dist') return [`distillation_classifier.${headPart}`];
  if (head !== undefined) return [`${kind === 'deit with teacher' ? 'cls_classifier' : 'classifier'}.${headPart}`];
  const [, index, local = ''] = /^blocks\.(\d+)\.(.+)$/.exec(timmName) ?? [];
  if (index === undefined) return [];
  const { block: blocks, layers } = namedLayers(kind, generation);
  const block = `${prefixOf(kind)}${blocks}${index}.`;
  const scale = SCALES[local];
  if (scale !== undefined) return [block + scale];
  const [, layer = '', part = ''] = /^(.+)\.(weight|bias)$/.exec(local) ?? [];
  if (layer === 'attn.qkv') return layers.qkv.map((name) => `${block}${name}.${part}`);
  const name = layerName(layers, layer);
  return name === undefined ? [] : [`${block}${name}.${part}`];
}

/** transformers' ViT, DeiT, MSN, MAE and DINOv2, whole (`vit.`, `deit.`, `dinov2.`) or bare. */
export const huggingFace: NameMap = {
  format: 'Hugging Face ViT',
  anchors: [
    'embeddings.patch_embeddings.projection.weight',
    'embeddings.cls_token',
    'embeddings.position_embeddings',
    'encoder.layer.0.attention.attention.query.weight',
    'layers.0.attention.q_proj.weight',
  ],
  preferredPrefixes: ['', 'vit.', 'deit.', 'dinov2.', 'dinov2_with_registers.'],
  unsupported: [
    { tensor: /^pooler\.layernorm\./, feature: 'mean pooling instead of the class token' },
    { tensor: /^embeddings\.detection_tokens$/, feature: 'detection tokens (YOLOS)' },
    { tensor: /^embeddings\.text_embeddings\./, feature: 'text beside its patches (ViLT)' },
    { tensor: /^encoder\.relative_position_bias\./, feature: 'relative position bias' },
    { tensor: /^rope/, feature: 'rotary position embedding' },
  ],
  depth: (file) => Math.max(file.count(ENCODER_BLOCK), file.count(BARE_BLOCK)),
  resolve,
  insideBlock: /^(?:encoder\.layer|layers)\.\d+\.(.+)$/,
  // Heads stand beside `vit.` and the like, not below it. DeiT with its teacher has two.
  head: (head, file) => {
    const outer = file.prefix.replace(/(vit|deit|dinov2|dinov2_with_registers)\.$/, '');
    const names = head === 'head_dist' ? ['distillation_classifier'] : ['cls_classifier', 'classifier'];
    return linearHead(
      file,
      names.map((name) => outer + name),
    );
  },
  // The default of transformers' ViTConfig and DeiTConfig, where no configuration file gives another.
  layerNormEpsilon: 1e-12,
  // Only Dinov2WithRegisters uses antialiasing, as DINOv2's own code does with registers.
  antialiasedPositions: ({ registers }) => registers > 0,
};
