/** A folder that transformers loads by name: `pipeline('image-classification', model=FOLDER)`. */
import type { Architecture } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import { isTrainedName } from '../../vit/weights.js';
import { resizedEdge, type Resampling } from '../../vit/framing.js';
import { huggingFaceNames, type HuggingFaceKind } from '../backbones/names/huggingface.js';
import type { ResolvedTensor } from '../types.js';
import type { NamedTensor } from '../../containers/tensors.js';
import { mlpRatio } from './timm.js';
import type { WholeModel } from './whole.js';

/** transformers' class for a model of these tensors. */
export function huggingFaceKind({ architecture, tensors }: Pick<WholeModel, 'architecture' | 'tensors'>): HuggingFaceKind {
  if (architecture.distilled)
    return tensors.has('head_dist.weight') || !tensors.has('head.weight') ? 'deit with teacher' : 'deit';
  if (architecture.registers > 0) return 'dinov2_with_registers';
  return tensors.has('blocks.0.ls1.gamma') ? 'dinov2' : 'vit';
}

/** The class with a head, the class without one, and the `model_type`. */
export const HUGGING_FACE_CLASSES: Readonly<Record<HuggingFaceKind, readonly [whole: string, bare: string, type: string]>> = {
  vit: ['ViTForImageClassification', 'ViTModel', 'vit'],
  deit: ['DeiTForImageClassification', 'DeiTModel', 'deit'],
  'deit with teacher': ['DeiTForImageClassificationWithTeacher', 'DeiTModel', 'deit'],
  dinov2: ['Dinov2ForImageClassification', 'Dinov2Model', 'dinov2'],
  dinov2_with_registers: ['Dinov2WithRegistersForImageClassification', 'Dinov2WithRegistersModel', 'dinov2_with_registers'],
};

/** `config.json`, with the class names. */
export function huggingFaceConfig(model: WholeModel): Record<string, unknown> {
  const { architecture, labels, tensors } = model;
  const kind = huggingFaceKind(model);
  const [whole, bare, type] = HUGGING_FACE_CLASSES[kind];
  const dinov2 = kind.startsWith('dinov2');
  return {
    architectures: [labels.length > 0 ? whole : bare],
    model_type: type,
    hidden_size: architecture.embedDim,
    num_hidden_layers: architecture.depth,
    num_attention_heads: architecture.heads,
    ...(dinov2
      ? {
          mlp_ratio: mlpRatio(architecture),
          layerscale_value: 1e-5,
          use_swiglu_ffn: false,
          ...(architecture.registers > 0 ? { num_register_tokens: architecture.registers } : {}),
        }
      : { intermediate_size: architecture.mlpHidden }),
    hidden_act: 'gelu',
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    initializer_range: 0.02,
    layer_norm_eps: architecture.layerNormEpsilon,
    image_size: architecture.imageSize,
    patch_size: architecture.patchSize,
    num_channels: 3,
    qkv_bias: tensors.has('blocks.0.attn.qkv.bias'),
    ...(labels.length > 0
      ? {
          id2label: Object.fromEntries(labels.map((label, index) => [String(index), label])),
          label2id: Object.fromEntries(labels.map((label, index) => [label, index])),
        }
      : {}),
  };
}

/** PIL's numbers of its filters. */
const PIL_NUMBERS: Readonly<Record<Resampling, number>> = { nearest: 0, lanczos: 1, bilinear: 2, bicubic: 3, box: 4, hamming: 5 };

/** The processor that takes such a size. All of them crop and normalise in the same way. */
function processorType({ distilled, framing }: Architecture): string {
  if (framing.fit === 'shortest-edge') return 'BitImageProcessor';
  return distilled || framing.share < 1 ? 'DeiTImageProcessor' : 'ViTImageProcessor';
}

/** `preprocessor_config.json`: how the run prepared pictures. */
export function huggingFacePreprocessor(architecture: Architecture): Record<string, unknown> {
  const { mean, std, imageSize, framing } = architecture;
  const edge = resizedEdge(imageSize, framing);
  const shortest = framing.fit === 'shortest-edge';
  const cuts = shortest || edge !== imageSize;
  return {
    image_processor_type: processorType(architecture),
    do_resize: true,
    size: shortest ? { shortest_edge: edge } : { height: edge, width: edge },
    resample: PIL_NUMBERS[framing.resampling],
    do_center_crop: cuts,
    ...(cuts ? { crop_size: { height: imageSize, width: imageSize } } : {}),
    ...(shortest ? { do_convert_rgb: true } : {}),
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  };
}

/** The rows of a tensor's query, key or value part: third number `part`. */
function third(tensor: ResolvedTensor, part: number): ResolvedTensor {
  const [rows = 0, ...rest] = tensor.shape;
  const shape = [rows / 3, ...rest];
  return {
    shape,
    read: async () => {
      const { data } = await tensor.read();
      const length = data.length / 3;
      return { shape, data: data.subarray(part * length, (part + 1) * length) };
    },
  };
}

const constant = (tensor: NamedTensor): ResolvedTensor => ({ shape: tensor.shape, read: async () => tensor });

/**
 * `pos_embed` as transformers has it: a row for the class token (and the distillation token) and none for registers. Where a library adds a
 * position to a register, the sum is stored as the register.
 */
function withTheirPositions({ architecture, tensors }: WholeModel): Map<string, ResolvedTensor> {
  const { embedDim: d, imageSize, patchSize, distilled, registers } = architecture;
  const theirs = new Map(tensors);
  const position = tensors.get('pos_embed');
  const patches = Math.floor(imageSize / patchSize) ** 2;
  const tokens = distilled ? 2 : 1;
  const before = (position?.shape[1] ?? 0) - patches;
  if (!position || before === tokens) return theirs;
  const shape = [1, tokens + patches, d];
  theirs.set('pos_embed', {
    shape,
    read: async () => {
      const { data } = await position.read();
      const kept = Math.min(before, tokens) * d;
      const moved = new Float32Array((tokens + patches) * d);
      moved.set(data.subarray(0, kept));
      moved.set(data.subarray(before * d), tokens * d);
      return { shape, data: moved };
    },
  });
  const register = tensors.get('reg_token');
  if (!register || before < tokens + registers) return theirs;
  theirs.set('reg_token', {
    shape: register.shape,
    read: async () => {
      const { data } = await position.read();
      const own = await register.read();
      return { shape: own.shape, data: own.data.map((value, i) => value + data[tokens * d + i]!) };
    },
  });
  return theirs;
}

/** The tensors in the form of transformers' class: a position for the class token, biases of heads, DINOv2's wider head. */
function inTheirForm(model: WholeModel): Map<string, ResolvedTensor> {
  const { architecture, tensors } = model;
  const { embedDim: d, depth } = architecture;
  const theirs = withTheirPositions(model);
  for (const head of ['head', 'head_dist']) {
    const classes = tensors.get(`${head}.weight`)?.shape[0];
    if (classes === undefined || tensors.has(`${head}.bias`)) continue;
    theirs.set(`${head}.bias`, constant({ shape: [classes], data: new Float32Array(classes) }));
  }
  if (huggingFaceKind(model).startsWith('dinov2')) {
    const ones = constant({ shape: [d], data: new Float32Array(d).fill(1) });
    for (let block = 0; block < depth; block++) {
      for (const scale of ['ls1', 'ls2']) {
        const name = `blocks.${block}.${scale}.gamma`;
        if (!tensors.has(name)) theirs.set(name, ones);
      }
    }
  }
  const head = tensors.get('head.weight');
  if (head && huggingFaceKind(model).startsWith('dinov2')) {
    const [classes = 0] = head.shape;
    // This head also takes the patches' mean; its weights for the mean are zero.
    theirs.set('head.weight', {
      shape: [classes, 2 * d],
      read: async () => {
        const { data } = await head.read();
        const wide = new Float32Array(classes * 2 * d);
        for (let row = 0; row < classes; row++) wide.set(data.subarray(row * d, (row + 1) * d), 2 * row * d);
        return { shape: [classes, 2 * d], data: wide };
      },
    });
  }
  return theirs;
}

/** The tensors under transformers' names; query, key and value are thirds of timm's joint layer. Refuses by name what has no name there. */
export function huggingFaceTensors(model: WholeModel, file: string): Map<string, ResolvedTensor> {
  const kind = huggingFaceKind(model);
  const tensors = new Map<string, ResolvedTensor>();
  for (const [name, tensor] of inTheirForm(model)) {
    const theirs = huggingFaceNames(name, kind);
    if (theirs.length === 0) {
      const message = `${file}: tensor '${name}' has no name in transformers${isTrainedName(name) ? "; the ONNX export holds it, and 'peft-hf' beside its adapter" : ''}`;
      throw new PlaygroundError('file.unsupported', message, { subject: name });
    }
    theirs.forEach((target, part) => tensors.set(target, theirs.length === 1 ? tensor : third(tensor, part)));
  }
  if (kind.startsWith('dinov2')) {
    const { embedDim } = model.architecture;
    tensors.set(`${kind}.embeddings.mask_token`, constant({ shape: [1, embedDim], data: new Float32Array(embedDim) }));
  }
  return tensors;
}
