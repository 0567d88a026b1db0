/** A full checkpoint under timm's names: LoRA folded, the run's heads, positions for the run's image size. */
import { protectedTokens } from '../../vit/architecture.js';
import { usesAdapter, usesLora, usesPyra, type Configuration } from '../../vit/configuration.js';
import { adaptedEntry, isTrainedName } from '../adapted/adapted.js';
import { foldLora } from '../adapted/fold.js';
import { interpolatePositions } from '../../vit/positions.js';
import { requireTensor } from '../../containers/tensor-store.js';
import type { AdaptedMetadata, AdaptedModel, ResolvedTensor } from '../types.js';
import type { NamedTensor } from '../../containers/tensors.js';

/** Whether a trained tensor takes part in what the configuration computes, LoRA's aside. */
function takesPart(name: string, { method, peft }: Configuration): boolean {
  if (name.includes('LoRA')) return false;
  if (name.includes('adapter')) return usesAdapter(peft);
  return name.includes('pyra') ? usesPyra(method) : true;
}

const resolved = (tensor: NamedTensor): ResolvedTensor => ({ shape: tensor.shape, read: async () => tensor });

/**
 * The adapted model's tensors by timm's names: `attn.qkv.weight` with LoRA folded in (float64 sums), `pos_embed` carried to the run's
 * image size, the run's heads instead of the backbone's, and the adapter's and PYRA's weights under the authors' names where it has any.
 * Read one at a time.
 */
export function foldedTensors({ metadata, backbone, trained }: AdaptedModel): Map<string, ResolvedTensor> {
  const { architecture, configuration } = metadata;
  const tensors = new Map<string, ResolvedTensor>();
  for (const name of backbone.names()) {
    if (!isTrainedName(name)) tensors.set(name, { shape: backbone.shape(name) ?? [], read: () => backbone.read(name) });
  }
  const side = Math.floor(configuration.imageSize / architecture.patchSize);
  const tokens = protectedTokens(architecture);
  tensors.set('pos_embed', {
    shape: [1, tokens + side * side, architecture.embedDim],
    read: async () => interpolatePositions(await backbone.read('pos_embed'), tokens, side),
  });
  if (usesLora(configuration.peft)) {
    for (let block = 0; block < architecture.depth; block++) {
      const name = `blocks.${block}.attn.qkv.weight`;
      const a = requireTensor(trained, `blocks.${block}.attn.LoRA_a.weight`, 'the run');
      const b = requireTensor(trained, `blocks.${block}.attn.LoRA_b.weight`, 'the run');
      tensors.set(name, {
        shape: backbone.shape(name) ?? [],
        read: async () => foldLora(await backbone.read(name), a, b, name),
      });
    }
  }
  for (const [name, tensor] of trained) if (takesPart(name, configuration)) tensors.set(name, resolved(tensor));
  return tensors;
}

/** What the folded checkpoint is, in the words that a run's configuration has: without LoRA, made for the run's image size. */
export function foldedMetadata(metadata: AdaptedMetadata): AdaptedMetadata {
  const { architecture, configuration } = metadata;
  const peft = usesAdapter(configuration.peft) ? 'adapter' : 'linear';
  // Another backbone than the one it began as: what is trained here must not be put onto that one.
  const model = usesLora(configuration.peft) ? `${configuration.model.slice(0, 450)} with LoRA folded in` : configuration.model;
  return {
    ...metadata,
    configuration: { ...configuration, model, peft },
    architecture: { ...architecture, imageSize: configuration.imageSize },
  };
}

/** Names of the tensors that a plain timm model has no place for. */
export function extraTensors({ metadata, trained }: AdaptedModel): string[] {
  return [...trained.keys()].filter((name) => !name.startsWith('head') && takesPart(name, metadata.configuration));
}

/** How the position embedding came about, as a sentence. */
export function positionSentence({ architecture, configuration }: AdaptedMetadata): string {
  const from = Math.floor(architecture.imageSize / architecture.patchSize);
  const to = Math.floor(configuration.imageSize / architecture.patchSize);
  return from === to
    ? `as in the backbone, for ${to} x ${to} patches`
    : `carried from ${from} x ${from} to ${to} x ${to} patches, bicubic without antialiasing`;
}

/** The entries of the file's `__metadata__`: the ones that are read back here, and the ones for people and other tools. */
export function timmMetadata(model: AdaptedModel): Record<string, string> {
  const { metadata } = model;
  const { architecture, configuration, classes, schedule } = metadata;
  const extra = extraTensors(model).length;
  return {
    format: 'pt',
    ...adaptedEntry(foldedMetadata(metadata)),
    num_heads: String(architecture.heads),
    layer_norm_eps: String(architecture.layerNormEpsilon),
    mean: architecture.mean.join(','),
    std: architecture.std.join(','),
    image_size: String(configuration.imageSize),
    labels: JSON.stringify(classes),
    method: configuration.method,
    schedule: JSON.stringify(schedule),
    position_embedding: positionSentence(metadata),
    lora: usesLora(configuration.peft)
      ? `rank ${configuration.loraRank}, folded into blocks.*.attn.qkv.weight`
      : 'none was trained',
    extra_tensors: extra === 0 ? 'none' : `${extra}, the adapter's and PYRA's under the authors' names; load with strict=False`,
  };
}
