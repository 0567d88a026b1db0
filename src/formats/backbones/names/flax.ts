import { HALF } from '../normalisation.js';
import { concatenate, transposeInto } from './map.js';
import type { NamedFileView, NameMap, Resolution } from './map.js';
import type { NamedTensor } from '../../../containers/tensors.js';

type Shape = readonly number[];

const BLOCK = /^Transformer\/encoderblock_(\d{1,3})\//;

/** How a Flax module numbers a block's parts: the original code counts all parts in order, big_vision each kind by itself. */
interface Parts {
  readonly norm1: string;
  readonly norm2: string;
  readonly attention: string;
  readonly mlp: string;
}
const ORIGINAL: Parts = {
  norm1: 'LayerNorm_0',
  attention: 'MultiHeadDotProductAttention_1',
  norm2: 'LayerNorm_2',
  mlp: 'MlpBlock_3',
};
const BIG_VISION: Parts = {
  norm1: 'LayerNorm_0',
  attention: 'MultiHeadDotProductAttention_0',
  norm2: 'LayerNorm_1',
  mlp: 'MlpBlock_0',
};

/** Where a block's parts lie: in a folder of their own, or in row `index` of tensors that stack all blocks. */
interface BlockPlace {
  readonly folder: string;
  readonly row: number | undefined;
  readonly parts: Parts;
}

function placeOf(index: number, file: NamedFileView): BlockPlace {
  const stacked = file.get('Transformer/encoderblock/LayerNorm_0/scale') !== undefined;
  const folder = stacked ? 'Transformer/encoderblock/' : `Transformer/encoderblock_${index}/`;
  const original = file.get(`${folder}${ORIGINAL.attention}/query/kernel`) !== undefined;
  return { folder, row: stacked ? index : undefined, parts: original ? ORIGINAL : BIG_VISION };
}

const product = (shape: Shape): number => shape.reduce((total, length) => total * length, 1);

/** Each tensor as a matrix of `rows` rows, transposed; the results are stacked. */
function transposed(tensors: readonly NamedTensor[], rowsOf: (shape: Shape) => number): Float32Array<ArrayBuffer> {
  const into = new Float32Array(tensors.reduce((total, tensor) => total + tensor.data.length, 0));
  let offset = 0;
  for (const { shape, data } of tensors) {
    const rows = rowsOf(shape);
    transposeInto(into, offset, data, rows, rows === 0 ? 0 : data.length / rows);
    offset += data.length;
  }
  return into;
}

function resolveBlock(index: number, layer: string, part: string, file: NamedFileView): Resolution {
  const { folder, row, parts } = placeOf(index, file);
  const bias = part === 'bias';
  const norm = (name: string): Resolution =>
    file.combine([`${folder}${name}/${bias ? 'bias' : 'scale'}`], 1, ([shape = []]) => shape, concatenate, row);
  const dense = (name: string): Resolution =>
    bias
      ? file.combine([`${folder}${name}/bias`], 1, ([shape = []]) => shape, concatenate, row)
      : file.combine(
          [`${folder}${name}/kernel`],
          2,
          ([shape = []]) => [shape[1] ?? 0, shape[0] ?? 0],
          (tensors) => transposed(tensors, (shape) => shape[0] ?? 0),
          row,
        );
  switch (layer) {
    case 'norm1':
      return norm(parts.norm1);
    case 'norm2':
      return norm(parts.norm2);
    case 'mlp.fc1':
      return dense(`${parts.mlp}/Dense_0`);
    case 'mlp.fc2':
      return dense(`${parts.mlp}/Dense_1`);
    case 'attn.qkv': {
      const sources = ['query', 'key', 'value'].map((name) => `${folder}${parts.attention}/${name}/${bias ? 'bias' : 'kernel'}`);
      // Biases [H, D]; kernels [C, H, D], transposed to [H D, C].
      return bias
        ? file.combine(sources, 2, ([shape = []]) => [3 * product(shape)], concatenate, row)
        : file.combine(
            sources,
            3,
            ([shape = []]) => [3 * product(shape.slice(1)), shape[0] ?? 0],
            (tensors) => transposed(tensors, (shape) => shape[0] ?? 0),
            row,
          );
    }
    case 'attn.proj': {
      const name = `${folder}${parts.attention}/out`;
      // Kernel [H, D, C], transposed to [C, H D].
      return bias
        ? file.combine([`${name}/bias`], 1, ([shape = []]) => shape, concatenate, row)
        : file.combine(
            [`${name}/kernel`],
            3,
            ([shape = []]) => [shape[2] ?? 0, product(shape.slice(0, 2))],
            (tensors) => transposed(tensors, (shape) => product(shape.slice(0, 2))),
            row,
          );
    }
    default:
      return { kind: 'missing', source: `${folder}${layer}` };
  }
}

function resolve(timmName: string, file: NamedFileView): Resolution {
  switch (timmName) {
    case 'cls_token':
      return file.copy('cls');
    case 'pos_embed':
      // big_vision has it at the top level and without a row for the class token.
      return file.copy(file.get('pos_embedding') ? 'pos_embedding' : 'Transformer/posembed_input/pos_embedding');
    case 'patch_embed.proj.weight':
      // HWIO to OIHW: a transpose of (h, w, i) rows and o columns gives [O, h, w, i]; then the channels are moved in front of the pixels.
      return file.combine(
        ['embedding/kernel'],
        4,
        ([shape = []]) => [shape[3] ?? 0, shape[2] ?? 0, shape[0] ?? 0, shape[1] ?? 0],
        hwioToOihw,
      );
    case 'patch_embed.proj.bias':
      return file.copy('embedding/bias');
    case 'norm.weight':
      return file.copy('Transformer/encoder_norm/scale');
    case 'norm.bias':
      return file.copy('Transformer/encoder_norm/bias');
    case 'head.weight':
      return file.combine(
        ['head/kernel'],
        2,
        ([shape = []]) => [shape[1] ?? 0, shape[0] ?? 0],
        (tensors) => transposed(tensors, (shape) => shape[0] ?? 0),
      );
    case 'head.bias':
      return file.copy('head/bias');
  }
  const [, index, layer = '', part = ''] = /^blocks\.(\d+)\.(.+)\.(weight|bias)$/.exec(timmName) ?? [];
  return index === undefined ? { kind: 'missing', source: timmName } : resolveBlock(Number(index), layer, part, file);
}

function hwioToOihw([kernel]: readonly NamedTensor[]): Float32Array<ArrayBuffer> {
  const [height = 0, width = 0, inputs = 0, outputs = 0] = kernel?.shape ?? [];
  const from = kernel?.data ?? new Float32Array();
  const into = new Float32Array(from.length);
  let position = 0;
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let pixel = 0; pixel < height * width; pixel++) into[position++] = from[(pixel * inputs + i) * outputs + o] ?? 0;
    }
  }
  return into;
}

/** The number of heads, from the query kernel's shape [C, H, D]. */
function attentionHeads(file: NamedFileView): number | undefined {
  const { folder, row, parts } = placeOf(0, file);
  const shape = file.get(`${folder}${parts.attention}/query/kernel`)?.shape;
  return shape?.at(row === undefined ? 1 : 2);
}

/** Google's ViT, AugReg (what the paper starts from) and big_vision, as Flax saves them. */
export const flax: NameMap = {
  format: 'AugReg npz',
  anchors: ['embedding/kernel', 'Transformer/encoder_norm/scale', 'cls'],
  preferredPrefixes: ['', 'opt/target/', 'params/', 'params/img/'],
  unsupported: [
    { tensor: /^MAPHead_0\//, feature: 'attention pooling (MAPHead) instead of the class token' },
    { tensor: /^conv_root\//, feature: 'a convolutional stem' },
  ],
  depth: (file) => Math.max(file.count(BLOCK), file.get('Transformer/encoderblock/LayerNorm_0/scale')?.shape[0] ?? 0),
  resolve,
  insideBlock: /^Transformer\/encoderblock(?:_\d+)?\/(.+)$/,
  head: (head, file) =>
    head === 'head_dist' || !file.get('head/kernel')
      ? 'none'
      : { weight: resolve('head.weight', file), bias: resolve('head.bias', file) },
  // Flax's LayerNorm default, and pixels scaled to -1..1.
  layerNormEpsilon: 1e-6,
  // These files are loaded by timm.
  antialiasedPositions: () => true,
  normalisation: HALF,
  attentionHeads,
};
