/** The configuration files that lie beside a transformers model. */
import type { Architecture } from '../../vit/architecture.js';

/** `config.json`; `labels` is empty where the checkpoint has no head. */
export function huggingFaceConfig(architecture: Architecture, labels: readonly string[]): Record<string, unknown> {
  const { distilled } = architecture;
  const whole = distilled ? 'DeiTForImageClassificationWithTeacher' : 'ViTForImageClassification';
  const bare = distilled ? 'DeiTModel' : 'ViTModel';
  return {
    architectures: [labels.length > 0 ? whole : bare],
    model_type: distilled ? 'deit' : 'vit',
    hidden_size: architecture.embedDim,
    num_hidden_layers: architecture.depth,
    num_attention_heads: architecture.heads,
    intermediate_size: architecture.mlpHidden,
    hidden_act: 'gelu',
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    initializer_range: 0.02,
    layer_norm_eps: architecture.layerNormEpsilon,
    image_size: architecture.imageSize,
    patch_size: architecture.patchSize,
    num_channels: 3,
    qkv_bias: true,
    ...(labels.length > 0
      ? {
          id2label: Object.fromEntries(labels.map((label, index) => [String(index), label])),
          label2id: Object.fromEntries(labels.map((label, index) => [label, index])),
        }
      : {}),
  };
}

/** `preprocessor_config.json`: bicubic (3 in PIL) to the square directly. */
export function huggingFacePreprocessor({ mean, std, imageSize, distilled }: Architecture): Record<string, unknown> {
  return {
    image_processor_type: distilled ? 'DeiTImageProcessor' : 'ViTImageProcessor',
    do_resize: true,
    size: { height: imageSize, width: imageSize },
    resample: 3,
    do_center_crop: false,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  };
}
