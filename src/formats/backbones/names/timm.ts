import type { NamedTensor } from '../../../containers/tensors.js';
import { IMAGENET_MEAN, IMAGENET_STD } from './map.js';
import type { NamedFileView, NameMap, Resolution } from './map.js';

/** LayerScale multiplies a branch's output by a learned vector: exactly the branch's last layer with scaled rows. */
const LAYER_SCALES: Readonly<Record<string, readonly string[]>> = {
  'attn.proj': ['ls1.gamma', 'gamma_1'],
  'mlp.fc2': ['ls2.gamma', 'gamma_2'],
};

function scaledRows([layer, gamma]: readonly NamedTensor[]): Float32Array<ArrayBuffer> {
  const scale = gamma?.data ?? new Float32Array();
  const data = new Float32Array(layer?.data ?? []);
  const width = data.length / Math.max(1, scale.length);
  for (let i = 0; i < data.length; i++) data[i] = (data[i] ?? 0) * (scale[Math.floor(i / width)] ?? 0);
  return data;
}

/** The layer with its LayerScale folded in, or undefined where it has none (or one that does not fit, which is then unused). */
function withLayerScale(timmName: string, file: NamedFileView): Resolution | undefined {
  const match = /^(blocks\.\d+\.)(attn\.proj|mlp\.fc2)\.(weight|bias)$/.exec(timmName);
  const [, block = '', layer = ''] = match ?? [];
  const gamma = LAYER_SCALES[layer]?.map((name) => block + name).find((name) => file.get(name));
  const tensor = file.get(timmName);
  const scale = gamma === undefined ? undefined : file.get(gamma);
  if (gamma === undefined || !tensor || !scale) return undefined;
  if (scale.shape.length !== 1 || scale.shape[0] !== tensor.shape[0]) {
    return { kind: 'misshapen', source: file.prefix + gamma, found: scale.shape, expected: `[${tensor.shape[0] ?? ''}]` };
  }
  const sources = [file.prefix + timmName, file.prefix + gamma];
  return {
    kind: 'tensor',
    shape: tensor.shape,
    sources,
    read: async () => {
      const tensors: NamedTensor[] = [];
      for (const source of sources) tensors.push(await file.store.read(source));
      return { shape: tensor.shape, data: scaledRows(tensors) };
    },
  };
}

/** timm's own names: timm, DeiT, MAE, MoCo v3, PYRA's checkpoints and this project's. */
export const timm: NameMap = {
  format: 'timm',
  anchors: ['patch_embed.proj.weight', 'cls_token', 'pos_embed', 'blocks.0.attn.qkv.weight'],
  // MoCo v3 keeps the trained encoder beside its momentum copy, DINO a teacher beside its student.
  preferredPrefixes: ['', 'module.base_encoder.', 'base_encoder.', 'module.', 'teacher.', 'backbone.'],
  unsupported: [
    { tensor: /^fc_norm\./, feature: 'mean pooling (fc_norm) instead of the class token' },
    { tensor: /^(reg_token|register_tokens)$/, feature: 'register tokens' },
    { tensor: /^attn_pool\./, feature: 'attention pooling' },
    { tensor: /^norm_pre\./, feature: 'a LayerNorm before the blocks (norm_pre)' },
    { tensor: /^patch_embed\.(backbone|conv)/, feature: 'a convolutional stem' },
    { tensor: /^patch_embed\.norm\./, feature: 'a LayerNorm after the patch embedding' },
    { tensor: /^blocks\.0\.attn\.(q_norm|k_norm)\./, feature: 'normalised queries and keys (q_norm, k_norm)' },
    { tensor: /^blocks\.0\.attn\.(q_bias|v_bias)$/, feature: 'separate query and value biases' },
    { tensor: /^blocks\.0\.attn\.(q_proj|k_proj|v_proj)\./, feature: 'separate query, key and value projections' },
    { tensor: /^(blocks\.0\.attn\.relative_position_bias_table|rel_pos_bias\..*)$/, feature: 'relative position bias' },
    { tensor: /^(rope\.|blocks\.0\.attn\.rope)/, feature: 'rotary position embedding' },
    { tensor: /^blocks\.0\.(attn|mlp)\.norm\./, feature: 'LayerNorms inside attention or MLP' },
    { tensor: /^blocks\.0\.mlp\.(w12|w1|w3|fc1_g)\./, feature: 'gated MLPs' },
  ],
  depth: (file) => file.count(/^blocks\.(\d{1,3})\./),
  resolve: (timmName, file) => withLayerScale(timmName, file) ?? file.copy(timmName),
  layerNormEpsilon: 1e-6,
  mean: IMAGENET_MEAN,
  std: IMAGENET_STD,
};
