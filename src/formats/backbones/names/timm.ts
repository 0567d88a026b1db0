import { linearHead } from './map.js';
import type { Head, NamedFileView, NameMap, Resolution } from './map.js';

/** Other names for the same tensors: LayerScale in DeiT III and BEiT, registers in DINOv2. */
const ALIASES: Readonly<Record<string, string>> = { 'ls1.gamma': 'gamma_1', 'ls2.gamma': 'gamma_2' };

const PROJECTS = /(^|\.)(base_encoder|momentum_encoder|encoder_[qk]|teacher|student)\./;

function resolve(timmName: string, file: NamedFileView): Resolution {
  if (timmName === 'reg_token') return file.copy(file.firstOf(['reg_token', 'register_tokens']));
  const [, block = '', scale = ''] = /^(blocks\.\d+\.)(ls[12]\.gamma)$/.exec(timmName) ?? [];
  const alias = ALIASES[scale];
  return file.copy(alias === undefined ? timmName : file.firstOf([timmName, block + alias]));
}

/** Names that training scripts give the linear layer that they put behind or beside timm's model. */
const SCRIPTS_HEADS = [
  ...['head', 'fc', 'classifier', 'linear', 'out', 'output', 'clf', 'cls', 'logits'],
  ...['mlp_head', 'cls_head', 'class_head', 'classification_head'],
];

/** The modules behind the model in a torch.nn.Sequential: `1` and `2` behind `0.`. */
function following({ prefix, store }: NamedFileView): string[] {
  const [, place = '', at] = /^(.*?)(\d+)\.(?:\D[^.]*\.)?$/.exec(prefix) ?? [];
  const names = at === undefined ? [] : [1, 2, 3].map((step) => `${place}${Number(at) + step}`);
  // Another model of a list of them is no head.
  return names.filter(
    (name) => ![...store.tensors.keys()].some((tensor) => tensor.startsWith(`${name}.`) && /cls_token|pos_embed/.test(tensor)),
  );
}

/** timm's head, or a linear layer of a script's own that takes the model's channels. */
function classifierOf(file: NamedFileView): Head {
  const own = linearHead(file, [`${file.prefix}head`]);
  if (own !== 'none') return own;
  const channels = file.get('patch_embed.proj.weight')?.shape[0];
  const places = [file.prefix, file.prefix.replace(/[^.]+\.$/, '')];
  let found: Head = 'none';
  for (const name of [...places.flatMap((place) => SCRIPTS_HEADS.map((head) => place + head)), ...following(file)]) {
    const head = linearHead(file, [name]);
    if (typeof head !== 'string' && head.weight.kind === 'tensor' && head.weight.shape[1] === channels) return head;
    if (head === 'no linear layer') found = head;
  }
  return found;
}

/** timm's own names: timm, DeiT, MAE, MoCo v3, DINOv2, PYRA's checkpoints and this project's. */
export const timm: NameMap = {
  format: 'timm',
  anchors: ['patch_embed.proj.weight', 'cls_token', 'pos_embed', 'blocks.0.attn.qkv.weight'],
  // MoCo v3 keeps the trained encoder beside its momentum copy.
  preferredPrefixes: ['', 'module.base_encoder.', 'base_encoder.', 'module.', 'backbone.'],
  unsupported: [
    { tensor: /^fc_norm\./, feature: 'mean pooling (fc_norm) instead of the class token' },
    { tensor: /^attn_pool\./, feature: 'attention pooling' },
    { tensor: /^norm_pre\./, feature: 'a LayerNorm before the blocks (norm_pre)' },
    { tensor: /^patch_embed\.(backbone|conv)/, feature: 'a convolutional stem' },
    { tensor: /^patch_embed\.norm\./, feature: 'a LayerNorm after the patch embedding' },
    { tensor: /^rel_pos_bias\./, feature: 'relative position bias' },
    { tensor: /^rope\./, feature: 'rotary position embedding' },
    { tensor: /^(blocks_token_only|cls_attn_blocks)\./, feature: 'blocks for the class token alone (class attention)' },
    { tensor: /prompt/, feature: 'prompt tokens' },
  ],
  depth: (file) => file.count(/^blocks\.(\d{1,3})\./),
  resolve,
  insideBlock: /^blocks\.\d+\.(.+)$/,
  // The tensors under a self-supervised encoder's head project its features and do not classify.
  head: (head, file) => {
    if (PROJECTS.test(file.prefix)) return 'none';
    return head === 'head' ? classifierOf(file) : linearHead(file, [file.prefix + head]);
  },
  layerNormEpsilon: 1e-6,
  antialiasedPositions: () => true,
};
