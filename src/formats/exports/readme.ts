/** The READMEs of exported files: what the files are, and how to load them. */
import { protectedTokens, type Architecture } from '../../vit/architecture.js';
import { adapterSizes, adaptersOf, trainsBackbone } from '../../vit/adapters/index.js';
import type { Configuration } from '../../vit/configuration.js';
import { drops, methodUnit, modulates, reduces } from '../../vit/methods/index.js';
import { framingWords, resizedEdge, type Resampling } from '../../vit/framing.js';
import { foldedUnits, FOLDS, OUTSIDE, outsideUnits } from '../adapted/units.js';
import type { PeftForm } from '../adapted/peft.js';
import type { AdaptedMetadata, AdaptedModel } from '../types.js';
import { besidePeft, headNames, peftKind } from './peft.js';
import { HUGGING_FACE_CLASSES } from './huggingface.js';
import { mlpRatio, positionSentence, TIMM_EPSILON } from './timm.js';
import { extraTensors } from './whole.js';

const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;

/** How pictures must be prepared and how the logits are read. */
function pictures({ architecture, configuration, classes }: AdaptedMetadata): string[] {
  const side = configuration.imageSize;
  return [
    `- Pictures: RGB, ${framingWords(side, architecture.framing)}, from 0 to 1, less (${architecture.mean.join(', ')}), over (${architecture.std.join(', ')}).`,
    `- Classes, in the order of the logits: ${classes.map((name) => JSON.stringify(name)).join(', ')}.`,
  ];
}

function accuracies({ accuracy }: AdaptedMetadata): string {
  const parts = (['validation', 'test'] as const).flatMap((part) => {
    const value = accuracy[part];
    return value === null ? [] : [`${percent(value)} on the ${part} part`];
  });
  return parts.length === 0 ? 'it was not measured' : parts.join(', ');
}

/** What the other tool leaves out, for a run that merged tokens. */
function merging({ configuration, schedule, ...rest }: AdaptedMetadata, tool: string): string[] {
  if (!reduces(configuration.method)) return [`- Accuracy: ${accuracies({ configuration, schedule, ...rest })}.`];
  const verb = drops(configuration.method) ? 'drop' : 'merge';
  const pyra = modulates(configuration.method) ? ' and PYRA modulates the pairs' : '';
  return [
    `- Token merging: the run was trained with '${configuration.method}': its blocks ${verb} ${schedule.join(' ')} tokens${pyra}. ${tool} does none of that: it computes on all tokens, slower and with somewhat other logits. The ONNX export has the merging inside.`,
    `- Accuracy with the merging: ${accuracies({ configuration, schedule, ...rest })}.`,
  ];
}

function trainedWith(configuration: Configuration): string {
  const units = adaptersOf(configuration.peft).map((unit) => unit.phrase(configuration[unit.size]));
  return [...(trainsBackbone(configuration.peft) ? ['every weight of it'] : []), ...units, 'the head'].join(', ');
}

/** PYRA's weights, by the authors' names. */
const PYRA = { words: "PYRA's weights", tensors: '`blocks.*.pyra_*`' };

/** The parts that a run trains and other tools have no place for. */
function outsideOf(configuration: Configuration): readonly { readonly words: string; readonly tensors: string }[] {
  const units = outsideUnits(adapterSizes(configuration)).flatMap(({ name }) => OUTSIDE[name] ?? []);
  return methodUnit(configuration.method).weights.length > 0 ? [...units, PYRA] : units;
}

/** Python that creates the backbone in timm as `name`, with a head for the run's classes. */
function timmModel({ metadata, backbone }: AdaptedModel, name: string): string[] {
  const { architecture, configuration, classes } = metadata;
  const { patchSize, embedDim, depth, heads, layerNormEpsilon, distilled, registers } = architecture;
  const own = backbone.own ?? backbone;
  const more = [
    ...(own.shape('blocks.0.attn.qkv.bias') ? [] : ['qkv_bias=False']),
    ...(own.shape('blocks.0.ls1.gamma') ? ['init_values=1e-5'] : []),
    ...(own.shape('pos_embed')?.[1] === Math.floor(architecture.imageSize / patchSize) ** 2 ? ['no_embed_class=True'] : []),
    ...(registers > 0 ? [`reg_tokens=${registers}`] : []),
  ];
  return [
    'from functools import partial',
    'import torch',
    distilled
      ? 'from timm.models.deit import VisionTransformerDistilled as VisionTransformer'
      : 'from timm.models.vision_transformer import VisionTransformer',
    'from safetensors.torch import load_file',
    '',
    `${name} = VisionTransformer(`,
    `    img_size=${configuration.imageSize}, patch_size=${patchSize}, embed_dim=${embedDim}, depth=${depth}, num_heads=${heads},`,
    `    mlp_ratio=${mlpRatio(architecture)}, num_classes=${classes.length}, norm_layer=partial(torch.nn.LayerNorm, eps=${layerNormEpsilon}),`,
    ...(more.length > 0 ? [`    ${more.join(', ')},`] : []),
    ')',
  ];
}

/** `README.md` beside the full checkpoint. */
export function timmReadme(model: AdaptedModel): string {
  const { metadata } = model;
  const { architecture, configuration } = metadata;
  const extra = extraTensors(model);
  const outside = outsideOf(configuration);
  const missing = outsideUnits(adapterSizes(configuration)).map(({ tag }) => tag);
  return [
    '# An adapted vision transformer, as a timm checkpoint',
    '',
    `\`model.safetensors\` holds the whole network under timm's names, in float32: the backbone '${configuration.model}' with ${trainedWith(configuration)}, trained on '${configuration.data}'.`,
    '',
    ...wholeFacts(model, 'timm'),
    ...(extra.length === 0
      ? []
      : [
          `- Extra tensors: ${extra.length} under the names of PYRA's authors (${outside.map(({ tensors }) => tensors).join(', ')}), which timm has no place for, in \`pyra/pyra.safetensors\`; one file with all is loaded with \`strict=False\`.${missing.length > 0 ? ` Without its ${missing.join(' and ')} the network computes something else: use the ONNX export, or the authors’ code.` : ''}`,
        ]),
    '',
    '```python',
    'import timm',
    '',
    `model = timm.create_model('local-dir:path/to/this/folder', pretrained=True).eval()${architecture.distilled ? '  # answers with the mean of both heads, as here' : ''}`,
    ...otherEpsilon(architecture),
    'pictures = timm.data.create_transform(**timm.data.resolve_model_data_config(model))',
    '```',
    '',
  ].join('\n');
}

/** timm's configuration has no word for the epsilon of its LayerNorms. */
function otherEpsilon({ layerNormEpsilon }: Architecture): string[] {
  if (layerNormEpsilon === TIMM_EPSILON) return [];
  return [
    '# The backbone came with another epsilon than timm’s.',
    'for layer in model.modules():',
    "    if 'LayerNorm' in type(layer).__name__:",
    `        layer.eps = ${layerNormEpsilon}`,
  ];
}

/** Facts that are stated for every whole model: its origin, what was folded in, and how its positions were made. */
function wholeFacts(model: AdaptedModel, tool: string): string[] {
  const { metadata } = model;
  return [
    ...pictures(metadata),
    ...foldedUnits(adapterSizes(metadata.configuration)).map(
      ({ name, label }) => `- ${label}: ${FOLDS[name]?.sentence ?? ''}: it costs nothing more.`,
    ),
    `- Position embedding: ${positionSentence(metadata)}.`,
    ...merging(metadata, tool),
  ];
}

/** `README.md` in a folder for transformers. */
export function huggingFaceReadme(model: AdaptedModel): string {
  const { configuration } = model.metadata;
  return [
    '# An adapted vision transformer, for transformers',
    '',
    `The whole network in float32, with its labels and its image processor: the backbone '${configuration.model}' with ${trainedWith(configuration)}, trained on '${configuration.data}'.`,
    '',
    ...wholeFacts(model, 'transformers'),
    '',
    '```python',
    'from transformers import pipeline',
    '',
    "classify = pipeline('image-classification', model='path/to/this/folder')",
    "print(classify('picture.jpg'))",
    '```',
    '',
  ].join('\n');
}

/** `README.md` in a folder for transformers.js. */
export function transformersJsReadme({ metadata }: AdaptedModel): string {
  const { configuration, schedule } = metadata;
  const reduced = reduces(configuration.method) && schedule.some((r) => r > 0);
  return [
    '# An adapted vision transformer, for transformers.js',
    '',
    `The network as ONNX with its labels and its image processor: the backbone '${configuration.model}' with ${trainedWith(configuration)}, trained on '${configuration.data}'. It runs in a browser and in Node.`,
    '',
    ...pictures(metadata),
    reduced
      ? `- Token merging is inside: the blocks ${drops(configuration.method) ? 'drop' : 'merge'} ${schedule.join(' ')} tokens.`
      : '- No tokens merge.',
    `- Accuracy: ${accuracies(metadata)}.`,
    '',
    'With this folder at `models/mine`:',
    '',
    '```js',
    "import { env, pipeline } from '@huggingface/transformers';",
    '',
    "Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, localModelPath: 'models/' });",
    "const classify = await pipeline('image-classification', 'mine', { dtype: 'fp32' });",
    "console.log(await classify('picture.jpg'));",
    '```',
    '',
  ].join('\n');
}

interface Grids {
  /** Patches on a side, of the backbone's positions and of the run's pictures. */
  readonly from: number;
  readonly to: number;
}

function gridsOf({ architecture, configuration }: AdaptedMetadata): Grids {
  const patches = (pixels: number): number => Math.floor(pixels / architecture.patchSize);
  return { from: patches(architecture.imageSize), to: patches(configuration.imageSize) };
}

/** Python that loads the backbone into `base`, with its positions resampled to the run's image size. */
function timmBackbone(model: AdaptedModel, { from, to }: Grids): string[] {
  const { architecture } = model.metadata;
  const { embedDim } = architecture;
  const rows = (model.backbone.own ?? model.backbone).shape('pos_embed')?.[1] ?? 0;
  const tokens = Math.min(protectedTokens(architecture), rows - from * from);
  const positions = [
    // In float32, since PyTorch does not resample the half precision of some files on processors.
    "positions = backbone['pos_embed'].float()",
    `grid = positions[:, ${tokens}:].transpose(1, 2).reshape(1, ${embedDim}, ${from}, ${from})`,
    `grid = torch.nn.functional.interpolate(grid, size=(${to}, ${to}), mode='bicubic', align_corners=False${architecture.antialiasedPositions ? ', antialias=True' : ''})`,
    `backbone['pos_embed'] = torch.cat([positions[:, :${tokens}], grid.flatten(2).transpose(1, 2)], dim=1)`,
  ];
  return [
    ...timmModel(model, 'base'),
    "backbone = load_file('path/to/the/backbone.safetensors')",
    ...(from === to ? [] : positions),
    "base.load_state_dict({name: tensor for name, tensor in backbone.items() if not name.startswith('head')}, strict=False)",
  ];
}

function huggingFaceModel(model: AdaptedModel): string[] {
  const [name] = HUGGING_FACE_CLASSES[peftKind(model)];
  return [
    `from transformers import ${name}`,
    '',
    '# Only the classifier may have another size: the adapter brings its own.',
    `base = ${name}.from_pretrained('path/to/the/backbone', num_labels=${model.metadata.classes.length}, ignore_mismatched_sizes=True)`,
  ];
}

/** Whether transformers' class resamples positions to the pictures' size by default. */
const carriesUnasked = (model: AdaptedModel): boolean => peftKind(model).startsWith('dinov2');

/** What transformers does with positions for another size of pictures. */
function theirPositions(model: AdaptedModel): string {
  const { antialiasedPositions, registers } = model.metadata.architecture;
  const who = carriesUnasked(model) ? "transformers' class, unasked," : '`interpolate_pos_encoding=True`';
  return antialiasedPositions === registers > 0
    ? `${who} does the same`
    : `${who} does it ${antialiasedPositions ? 'without' : 'with'}, so that its logits are somewhat other ones; the 'hf' export holds the positions as they were carried`;
}

/** `README.md` in a PEFT adapter directory. */
export function peftReadme(model: AdaptedModel, form: PeftForm): string {
  const { metadata } = model;
  const { architecture, configuration } = metadata;
  const beside = besidePeft(model).size > 0;
  const outside = outsideOf(configuration);
  const missing = outsideUnits(adapterSizes(configuration)).map(({ tag }) => tag);
  const timm = form === 'timm';
  const grids = gridsOf(metadata);
  const { from, to } = grids;
  const heads = headNames(form, peftKind(model)).map(([, name]) => `\`${name}\``);
  return [
    `# A PEFT adapter for a ${timm ? 'timm' : 'Hugging Face'} vision transformer`,
    '',
    `LoRA of rank ${configuration.loraRank} on attention's query, key and value, and the new head (${heads.join(' and ')}), for the backbone '${configuration.model}', trained on '${configuration.data}'. \`lora_alpha\` is the rank, so that LoRA's factor is 1.`,
    '',
    ...pictures(metadata),
    `- The backbone's LayerNorm epsilon was ${architecture.layerNormEpsilon}.`,
    ...(from === to
      ? []
      : [
          `- The run carried the backbone's position embedding from ${from} x ${from} to ${to} x ${to} patches (bicubic, ${architecture.antialiasedPositions ? 'with' : 'without'} antialiasing)${timm ? '' : `: ${theirPositions(model)}`}.`,
        ]),
    ...(timm
      ? []
      : [
          '- The weights lie there under both names that transformers has for the layers, so that either of its generations finds them: `attention.q_proj` (from 5.9 on) and `attention.attention.query`. PEFT may say that it leaves the others aside.',
        ]),
    ...merging(metadata, 'PEFT'),
    ...(beside
      ? [
          `- \`pyra.safetensors\` holds what PEFT has no name for (${outside.map(({ words }) => words).join(' and ')}), under the names of PYRA's authors.${missing.length > 0 ? ` Without the ${missing.join(' and the ')} the network computes something else.` : ''}`,
        ]
      : []),
    '',
    '```python',
    ...(timm ? timmBackbone(model, grids) : huggingFaceModel(model)),
    '',
    'from peft import PeftModel',
    '',
    "model = PeftModel.from_pretrained(base, 'path/to/this/folder').eval()",
    ...(timm || from === to
      ? []
      : [`logits = model(pixel_values=pictures${carriesUnasked(model) ? '' : ', interpolate_pos_encoding=True'}).logits`]),
    '```',
    '',
  ].join('\n');
}

/** Python that makes `picture` a square of `side`, with PIL. */
function pythonSquare({ architecture, configuration }: AdaptedMetadata): string[] {
  const { framing } = architecture;
  const edge = resizedEdge(configuration.imageSize, framing);
  const filter = `Image.Resampling.${framing.resampling.toUpperCase()}`;
  const opened = "picture = ImageOps.exif_transpose(Image.open('picture.jpg')).convert('RGB')";
  if (framing.fit === 'stretch' && edge === configuration.imageSize) return [`${opened}.resize((side, side), ${filter})`];
  return [
    opened,
    framing.fit === 'stretch'
      ? `size = (${edge}, ${edge})`
      : `size = tuple(${edge} * length // min(picture.size) for length in picture.size)`,
    'left, top = (size[0] - side) // 2, (size[1] - side) // 2',
    `picture = picture.resize(size, ${filter}).crop((left, top, left + side, top + side))`,
  ];
}

/** sharp's kernels, the nearest to PIL's filters. */
const SHARP_KERNELS: Readonly<Record<Resampling, string>> = {
  nearest: 'nearest',
  lanczos: 'lanczos3',
  bilinear: 'linear',
  bicubic: 'cubic',
  box: 'linear',
  hamming: 'cubic',
};

/** JavaScript that makes `picture` the bytes `rgb` of a square of `side`, with sharp. */
function nodeSquare({ architecture, configuration }: AdaptedMetadata): string[] {
  const { framing } = architecture;
  const edge = resizedEdge(configuration.imageSize, framing);
  const kernel = `kernel: '${SHARP_KERNELS[framing.resampling]}'`;
  const fit = framing.fit === 'stretch' ? 'fill' : 'outside';
  if (fit === 'fill' && edge === configuration.imageSize) {
    return [`const rgb = await picture.resize(side, side, { fit: 'fill', ${kernel} }).raw().toBuffer();`];
  }
  return [
    `const resized = await picture.resize(${edge}, ${edge}, { fit: '${fit}', ${kernel} }).raw().toBuffer({ resolveWithObject: true });`,
    'const { width, height } = resized.info;',
    'const middle = { left: (width - side) >> 1, top: (height - side) >> 1, width: side, height: side };',
    'const rgb = await sharp(resized.data, { raw: { width, height, channels: 3 } }).extract(middle).raw().toBuffer();',
  ];
}

/** Python and JavaScript that classify one picture, with this model's own numbers. */
function classifyOnePicture(metadata: AdaptedMetadata): string[] {
  const { architecture, configuration, classes } = metadata;
  const { mean, std } = architecture;
  return [
    'In Python, with the labels and the normalisation from the file itself:',
    '',
    '```python',
    'import json',
    'import numpy as np',
    'import onnxruntime',
    'from PIL import Image, ImageOps',
    '',
    "session = onnxruntime.InferenceSession('model.onnx')",
    'about = session.get_modelmeta().custom_metadata_map',
    "side, mean, std = int(about['image_size']), json.loads(about['mean']), json.loads(about['std'])",
    ...pythonSquare(metadata),
    'pixels = (np.asarray(picture, dtype=np.float32) / 255 - mean) / std',
    "(logits,) = session.run(['logits'], {'pixel_values': pixels.transpose(2, 0, 1)[None].astype(np.float32)})",
    "print(json.loads(about['labels'])[int(logits.argmax())])",
    '```',
    '',
    "In Node; in a browser `onnxruntime-web` does the same with a canvas in sharp's place:",
    '',
    '```js',
    "import * as ort from 'onnxruntime-node';",
    "import sharp from 'sharp';",
    '',
    `const labels = ${JSON.stringify(classes)};`,
    `const side = ${configuration.imageSize};`,
    `const mean = ${JSON.stringify(mean)};`,
    `const std = ${JSON.stringify(std)};`,
    "const session = await ort.InferenceSession.create('model.onnx');",
    "const picture = sharp('picture.jpg').rotate().removeAlpha().toColourspace('srgb');",
    ...nodeSquare(metadata),
    'const pixels = new Float32Array(3 * side * side);',
    'for (let i = 0; i < side * side; i++) {',
    '  for (let c = 0; c < 3; c++) pixels[c * side * side + i] = (rgb[3 * i + c] / 255 - mean[c]) / std[c];',
    '}',
    "const { logits } = await session.run({ pixel_values: new ort.Tensor('float32', pixels, [1, 3, side, side]) });",
    'console.log(labels[logits.data.indexOf(Math.max(...logits.data))]);',
    '```',
  ];
}

/** `README.md` beside `model.onnx`. */
export function onnxReadme({ metadata }: AdaptedModel): string {
  const { configuration, schedule } = metadata;
  const reduced = reduces(configuration.method) && schedule.some((r) => r > 0);
  const pyra = modulates(configuration.method) ? ', with PYRA modulating the pairs' : '';
  return [
    '# A vision transformer as ONNX',
    '',
    `\`model.onnx\` (opset 17, float32) takes \`pixel_values\` [batch, 3, ${configuration.imageSize}, ${configuration.imageSize}], any batch, and gives \`logits\` [batch, ${metadata.classes.length}]. It runs in onnxruntime on a server, in Node and in a browser.`,
    '',
    ...pictures(metadata),
    reduced
      ? `- Token merging is inside${pyra}: the blocks ${drops(configuration.method) ? 'drop' : 'merge'} ${schedule.join(' ')} tokens, so a picture takes less time.`
      : '- No tokens merge.',
    `- Accuracy: ${accuracies(metadata)}.`,
    '',
    ...classifyOnePicture(metadata),
    '',
  ].join('\n');
}
