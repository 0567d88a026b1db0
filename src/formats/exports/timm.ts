/** A folder that timm loads by name: `timm.create_model('local-dir:FOLDER', pretrained=True)`. */
import { ADAPTERS, adapterSizes, type AdapterSizes } from '../../vit/adapters/index.js';
import type { Architecture } from '../../vit/architecture.js';
import { adaptedEntry } from '../adapted/adapted.js';
import { FOLDS } from '../adapted/units.js';
import type { NamedTensor } from '../../containers/tensors.js';
import type { AdaptedMetadata, AdaptedModel, ResolvedTensor } from '../types.js';
import { extraTensors, foldedMetadata, type WholeModel } from './whole.js';

/** timm's LayerNorms use this epsilon, and no configuration file can change it. */
export const TIMM_EPSILON = 1e-6;

/** The model's size name in timm. It only sets what `model_args` leaves open, and that is nothing. */
function sizeOf(embedDim: number): string {
  return ({ 384: 'small', 768: 'base', 1024: 'large' } as const)[embedDim] ?? 'tiny';
}

/** The ratio of the MLP's hidden width to the channels. timm rounds their product down. */
export function mlpRatio({ embedDim, mlpHidden }: Pick<Architecture, 'embedDim' | 'mlpHidden'>): number {
  const ratio = mlpHidden / embedDim;
  return Math.trunc(embedDim * ratio) === mlpHidden ? ratio : (mlpHidden + 0.5) / embedDim;
}

/**
 * The same tensors with positions as timm can have them: for every token in front of the patches, or for none. DINOv2's own files and
 * transformers have one for the class token and none for registers, so zeros are added for the registers.
 */
export function withTimmPositions(
  { imageSize, patchSize, embedDim, distilled, registers }: Architecture,
  tensors: ReadonlyMap<string, ResolvedTensor>,
): ReadonlyMap<string, ResolvedTensor> {
  const position = tensors.get('pos_embed');
  const patches = Math.floor(imageSize / patchSize) ** 2;
  const before = distilled ? 2 : 1;
  if (!position || registers === 0 || position.shape[1] !== before + patches) return tensors;
  const shape = [1, before + registers + patches, embedDim];
  const read = async (): Promise<NamedTensor> => {
    const { data } = await position.read();
    const padded = new Float32Array((before + registers + patches) * embedDim);
    padded.set(data.subarray(0, before * embedDim));
    padded.set(data.subarray(before * embedDim), (before + registers) * embedDim);
    return { shape, data: padded };
  };
  return new Map([...tensors, ['pos_embed', { shape, read }]]);
}

/** `config.json`: the architecture with all its sizes, class names and normalisation. */
export function timmConfig({ architecture, tensors, labels }: WholeModel): Record<string, unknown> {
  const { imageSize, patchSize, embedDim, depth, heads, mean, std, distilled, registers, framing } = architecture;
  const hasClassPosition = (tensors.get('pos_embed')?.shape[1] ?? 0) > Math.floor(imageSize / patchSize) ** 2;
  return {
    architecture: distilled ? 'deit_tiny_distilled_patch16_224' : `vit_${sizeOf(embedDim)}_patch16_224`,
    num_classes: labels.length,
    num_features: embedDim,
    global_pool: 'token',
    model_args: {
      img_size: imageSize,
      patch_size: patchSize,
      embed_dim: embedDim,
      depth,
      num_heads: heads,
      mlp_ratio: mlpRatio(architecture),
      qkv_bias: tensors.has('blocks.0.attn.qkv.bias'),
      ...(tensors.has('blocks.0.ls1.gamma') ? { init_values: 1e-5 } : {}),
      ...(hasClassPosition ? {} : { no_embed_class: true }),
      ...(registers > 0 ? { reg_tokens: registers } : {}),
    },
    ...(labels.length > 0 ? { label_names: labels } : {}),
    pretrained_cfg: {
      custom_load: false,
      input_size: [3, imageSize, imageSize],
      interpolation: framing.resampling,
      crop_pct: framing.share,
      crop_mode: framing.fit === 'stretch' ? 'squash' : 'center',
      mean,
      std,
      num_classes: labels.length,
      pool_size: null,
      first_conv: 'patch_embed.proj',
      classifier: distilled ? ['head', 'head_dist'] : 'head',
    },
  };
}

/** A sentence that says how the position embedding was made. */
export function positionSentence({ architecture, configuration }: AdaptedMetadata): string {
  const from = Math.floor(architecture.imageSize / architecture.patchSize);
  const to = Math.floor(configuration.imageSize / architecture.patchSize);
  return from === to
    ? `as in the backbone, for ${to} x ${to} patches`
    : `carried from ${from} x ${from} to ${to} x ${to} patches, bicubic ${architecture.antialiasedPositions ? 'with' : 'without'} antialiasing`;
}

/** The units that were folded in, by name. */
function foldingEntries(sizes: AdapterSizes): Record<string, string> {
  const entries = ADAPTERS.flatMap(({ name }) => {
    const folding = FOLDS[name];
    return folding ? [[name, sizes[name] > 0 ? folding.words(sizes[name]) : 'none was trained'] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** What the shapes do not tell, as `__metadata__`. It is read back where the configuration file is missing. */
export function architectureEntries({ heads, layerNormEpsilon, mean, std }: Architecture): Record<string, string> {
  return {
    format: 'pt',
    num_heads: String(heads),
    layer_norm_eps: String(layerNormEpsilon),
    mean: mean.join(','),
    std: std.join(','),
  };
}

/** The entries of `__metadata__`: those that are read back here, and those for people and other tools. */
export function timmMetadata(model: AdaptedModel): Record<string, string> {
  const { metadata } = model;
  const { architecture, configuration, classes, schedule } = metadata;
  const extra = extraTensors(model).length;
  return {
    ...architectureEntries(architecture),
    ...adaptedEntry(foldedMetadata(metadata)),
    image_size: String(configuration.imageSize),
    labels: JSON.stringify(classes),
    method: configuration.method,
    schedule: JSON.stringify(schedule),
    position_embedding: positionSentence(metadata),
    ...foldingEntries(adapterSizes(configuration)),
    extra_tensors: extra === 0 ? 'none' : `${extra}, the adapter's and PYRA's under the authors' names, beside this file`,
  };
}
