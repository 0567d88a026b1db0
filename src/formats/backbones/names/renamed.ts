/** Libraries whose vision transformer has timm's tensors under other names: torchvision's, mmpretrain's (mmcls') and ViT-pytorch's. */
import { HALF, IMAGENET } from '../normalisation.js';
import { concatenate, linearHead } from './map.js';
import type { HeadName, NamedFileView, NameMap, Resolution } from './map.js';

interface Names {
  /** timm's names of tensors outside the blocks, as the library has them. */
  readonly outside: Readonly<Record<string, string>>;
  /** What the names of a block's tensors begin with, before and behind its number. */
  readonly block: readonly [before: string, behind: string];
  /** timm's names within a block, without `.weight` and `.bias`, as the library has them; several where its versions differ. */
  readonly inside: Readonly<Record<string, readonly string[]>>;
  /** The names of query, key and value within a block, where the library has three layers for timm's one. */
  readonly thirds?: readonly [query: string, key: string, value: string];
}

/** timm's name under the library's. torch's own attention has `in_proj_weight`, all others end in `.weight`. */
const resolver =
  ({ outside, block: [before, behind], inside, thirds }: Names) =>
  (timmName: string, file: NamedFileView): Resolution => {
    const [, layer = '', part = ''] = /^(.+)\.(weight|bias)$/.exec(timmName) ?? [];
    const known = outside[timmName] ?? (outside[layer] === undefined ? undefined : `${outside[layer]}.${part}`);
    if (known !== undefined) return file.copy(known);
    const [, index = '', local = ''] = /^blocks\.(\d+)\.(.+)$/.exec(layer) ?? [];
    if (thirds && local === 'attn.qkv') {
      return file.combine(
        thirds.map((name) => `${before}${index}${behind}${name}.${part}`),
        part === 'weight' ? 2 : 1,
        ([shape = []]) => [3 * (shape[0] ?? 0), ...shape.slice(1)],
        concatenate,
      );
    }
    const names = (inside[local] ?? []).map((name) => `${before}${index}${behind}${name}${name.endsWith('_') ? '' : '.'}${part}`);
    return names.length === 0 ? { kind: 'missing', source: timmName } : file.copy(file.firstOf(names));
  };

const TORCHVISION: Names = {
  outside: {
    cls_token: 'class_token',
    pos_embed: 'encoder.pos_embedding',
    'patch_embed.proj': 'conv_proj',
    norm: 'encoder.ln',
  },
  block: ['encoder.layers.encoder_layer_', '.'],
  inside: {
    norm1: ['ln_1'],
    'attn.qkv': ['self_attention.in_proj_'],
    'attn.proj': ['self_attention.out_proj'],
    norm2: ['ln_2'],
    'mlp.fc1': ['mlp.0', 'mlp.linear_1'],
    'mlp.fc2': ['mlp.3', 'mlp.linear_2'],
  },
};

/** torchvision's `VisionTransformer`, such as `vit_b_16`. */
export const torchvision: NameMap = {
  format: 'torchvision',
  anchors: [
    'conv_proj.weight',
    'class_token',
    'encoder.pos_embedding',
    'encoder.layers.encoder_layer_0.self_attention.in_proj_weight',
  ],
  preferredPrefixes: ['', 'module.', 'model.'],
  unsupported: [{ tensor: /^conv_proj\.(?!weight$|bias$)/, feature: 'a convolutional stem' }],
  depth: (file) => file.count(/^encoder\.layers\.encoder_layer_(\d{1,3})\./),
  resolve: resolver(TORCHVISION),
  insideBlock: /^encoder\.layers\.encoder_layer_\d+\.(.+)$/,
  head: (head, file) => (head === 'head' ? linearHead(file, [`${file.prefix}heads`]) : 'none'),
  layerNormEpsilon: 1e-6,
  // torchvision itself takes pictures of one size only.
  antialiasedPositions: () => true,
  normalisation: IMAGENET,
};

const MMPRETRAIN: Names = {
  outside: {
    cls_token: 'cls_token',
    dist_token: 'dist_token',
    pos_embed: 'pos_embed',
    'patch_embed.proj': 'patch_embed.projection',
    norm: 'ln1',
  },
  block: ['layers.', '.'],
  inside: {
    norm1: ['ln1'],
    'attn.qkv': ['attn.qkv'],
    'attn.proj': ['attn.proj'],
    norm2: ['ln2'],
    'mlp.fc1': ['ffn.layers.0.0'],
    'mlp.fc2': ['ffn.layers.1'],
  },
};

/** The names of a head, which stands beside the backbone. */
const MMPRETRAIN_HEADS: Readonly<Record<HeadName, readonly string[]>> = {
  head: ['head.layers.head', 'head.fc'],
  head_dist: ['head.layers.head_dist'],
};

/** mmpretrain's and mmcls' `VisionTransformer`. */
export const mmpretrain: NameMap = {
  format: 'mmpretrain',
  anchors: ['patch_embed.projection.weight'],
  preferredPrefixes: ['backbone.', ''],
  unsupported: [
    { tensor: /^pre_norm\./, feature: 'a LayerNorm before the blocks (pre_norm)' },
    { tensor: /^ln2\./, feature: 'mean pooling (ln2) instead of the class token' },
  ],
  depth: (file) => file.count(/^layers\.(\d{1,3})\.ln1\./),
  resolve: resolver(MMPRETRAIN),
  insideBlock: /^layers\.\d+\.(.+)$/,
  head: (head, file) => {
    const outer = file.prefix.replace(/backbone\.$/, '');
    return linearHead(
      file,
      MMPRETRAIN_HEADS[head].map((name) => outer + name),
    );
  },
  layerNormEpsilon: 1e-6,
  antialiasedPositions: () => false,
};

const VIT_PYTORCH: Names = {
  outside: {
    cls_token: 'embeddings.cls_token',
    pos_embed: 'embeddings.position_embeddings',
    'patch_embed.proj': 'embeddings.patch_embeddings',
    norm: 'encoder.encoder_norm',
  },
  block: ['encoder.layer.', '.'],
  inside: {
    norm1: ['attention_norm'],
    'attn.proj': ['attn.out'],
    norm2: ['ffn_norm'],
    'mlp.fc1': ['ffn.fc1'],
    'mlp.fc2': ['ffn.fc2'],
  },
  thirds: ['attn.query', 'attn.key', 'attn.value'],
};

/** jeonsworld's ViT-pytorch, which reads AugReg's files and trains as they were trained. */
export const vitPytorch: NameMap = {
  format: 'ViT-pytorch',
  anchors: ['encoder.layer.0.attention_norm.weight'],
  preferredPrefixes: ['transformer.', ''],
  unsupported: [
    { tensor: /^embeddings\.hybrid_model\./, feature: 'a convolutional stem' },
    { tensor: /^encoder\.part_/, feature: 'a selection of its parts (TransFG)' },
  ],
  depth: (file) => file.count(/^encoder\.layer\.(\d{1,3})\./),
  resolve: resolver(VIT_PYTORCH),
  insideBlock: /^encoder\.layer\.\d+\.(.+)$/,
  head: (head, file) => (head === 'head' ? linearHead(file, [`${file.prefix.replace(/transformer\.$/, '')}head`]) : 'none'),
  layerNormEpsilon: 1e-6,
  antialiasedPositions: () => true,
  normalisation: HALF,
};
