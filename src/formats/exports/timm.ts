/** A full checkpoint under timm's names: LoRA folded, the run's heads, positions for the run's image size. */
import { ADAPTERS, adapterSizes, peftOf, type Adapter, type AdapterName, type AdapterSizes } from '../../vit/adapters/index.js';
import { protectedTokens } from '../../vit/architecture.js';
import { isTrainedName, type TrainedShape } from '../../vit/weights.js';
import { adaptedEntry, expectedTrained } from '../adapted/adapted.js';
import { foldedUnits, FOLDS } from '../adapted/units.js';
import { interpolatePositions } from '../../vit/positions.js';
import { requireTensor } from '../../containers/tensor-store.js';
import type { AdaptedMetadata, AdaptedModel, ResolvedTensor } from '../types.js';
import type { NamedTensor } from '../../containers/tensors.js';

/** Names of the trained tensors that stand beside the backbone's: the heads, and what is folded into nothing. */
function standing(metadata: AdaptedMetadata): ReadonlyMap<string, TrainedShape> {
  const weights = [...expectedTrained(metadata)];
  return new Map(weights.filter(([, { owner }]) => owner === 'method' || owner === 'head' || FOLDS[owner] === null));
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
  for (const { name: unit, weights } of foldedUnits(adapterSizes(configuration))) {
    for (let block = 0; block < architecture.depth; block++) addFolded(tensors, { backbone, trained }, unit, weights, block);
  }
  const names = standing(metadata);
  for (const [name, tensor] of trained) if (names.has(name)) tensors.set(name, resolved(tensor));
  return tensors;
}

/** A block's layer with a unit folded into it. */
function addFolded(
  tensors: Map<string, ResolvedTensor>,
  { backbone, trained }: Pick<AdaptedModel, 'backbone' | 'trained'>,
  unit: AdapterName,
  weights: Adapter['weights'],
  block: number,
): void {
  const folding = FOLDS[unit];
  if (!folding) return;
  const name = `blocks.${block}.${folding.layer}`;
  const own = weights.map((weight) => requireTensor(trained, `blocks.${block}.${weight.name}`, 'the run'));
  tensors.set(name, {
    shape: backbone.shape(name) ?? [],
    read: async () => folding.fold(await backbone.read(name), own, name),
  });
}

/** What the folded checkpoint is, in the words that a run's configuration has: without LoRA, made for the run's image size. */
export function foldedMetadata(metadata: AdaptedMetadata): AdaptedMetadata {
  const { architecture, configuration } = metadata;
  const sizes = adapterSizes(configuration);
  const folded = foldedUnits(sizes);
  const peft = peftOf(ADAPTERS.filter((unit) => sizes[unit.name] > 0 && !folded.includes(unit)).map(({ name }) => name));
  // Another backbone than the one it began as: what is trained here must not be put onto that one.
  const model =
    folded.length === 0
      ? configuration.model
      : `${configuration.model.slice(0, 450)} with ${folded.map(({ label }) => label).join(' and ')} folded in`;
  return {
    ...metadata,
    configuration: { ...configuration, model, peft },
    architecture: { ...architecture, imageSize: configuration.imageSize },
  };
}

/** Names of the tensors that a plain timm model has no place for. */
export function extraTensors({ metadata, trained }: AdaptedModel): string[] {
  const names = standing(metadata);
  return [...trained.keys()].filter((name) => (names.get(name)?.owner ?? 'head') !== 'head');
}

/** How the position embedding came about, as a sentence. */
export function positionSentence({ architecture, configuration }: AdaptedMetadata): string {
  const from = Math.floor(architecture.imageSize / architecture.patchSize);
  const to = Math.floor(configuration.imageSize / architecture.patchSize);
  return from === to
    ? `as in the backbone, for ${to} x ${to} patches`
    : `carried from ${from} x ${from} to ${to} x ${to} patches, bicubic without antialiasing`;
}

/** What was folded, by the units' names. */
function foldingEntries(sizes: AdapterSizes): Record<string, string> {
  const entries = ADAPTERS.flatMap(({ name }) => {
    const folding = FOLDS[name];
    return folding ? [[name, sizes[name] > 0 ? folding.words(sizes[name]) : 'none was trained'] as const] : [];
  });
  return Object.fromEntries(entries);
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
    ...foldingEntries(adapterSizes(configuration)),
    extra_tensors: extra === 0 ? 'none' : `${extra}, the adapter's and PYRA's under the authors' names; load with strict=False`,
  };
}
