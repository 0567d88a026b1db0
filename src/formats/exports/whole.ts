/** A whole model as other tools have it: its own tensors with LoRA folded in, the run's heads, and positions for the run's image size. */
import { ADAPTERS, adapterSizes, peftOf, trainsBackbone, type Adapter, type AdapterName } from '../../vit/adapters/index.js';
import { protectedTokens, type Architecture } from '../../vit/architecture.js';
import { interpolatePositions } from '../../vit/positions.js';
import { isTrainedName, type TrainedShape } from '../../vit/weights.js';
import { requireTensor } from '../../containers/tensor-store.js';
import type { NamedTensor } from '../../containers/tensors.js';
import { expectedTrained } from '../adapted/adapted.js';
import { foldedUnits, FOLDS } from '../adapted/units.js';
import type { AdaptedMetadata, AdaptedModel, Checkpoint, ResolvedTensor } from '../types.js';

export interface WholeModel {
  /** The architecture, for pictures of the size that the tensors are made for. */
  readonly architecture: Architecture;
  /** By timm's names, in timm's own form: LayerScale as `ls1.gamma`, and no biases or positions that the library does not have. */
  readonly tensors: ReadonlyMap<string, ResolvedTensor>;
  /** Names of the head's outputs; empty where there is no head. */
  readonly labels: readonly string[];
}

/** The trained tensors that are stored beside the backbone's: the heads, and weights that cannot be folded. */
function standing(metadata: AdaptedMetadata): ReadonlyMap<string, TrainedShape> {
  const weights = [...expectedTrained(metadata)];
  const stands = (owner: TrainedShape['owner']): boolean =>
    owner === 'method' || owner === 'head' || owner === 'backbone' || FOLDS[owner] === null;
  return new Map(weights.filter(([, { owner }]) => stands(owner)));
}

const resolved = (tensor: NamedTensor): ResolvedTensor => ({ shape: tensor.shape, read: async () => tensor });

/** `pos_embed` on the run's grid, with as many rows in front of the patches as the library has. */
function positionsFor({ metadata, backbone }: AdaptedModel): ResolvedTensor {
  const { architecture, configuration } = metadata;
  const patches = (side: number): number => Math.floor(side / architecture.patchSize);
  const own = backbone.own ?? backbone;
  const rows = own.shape('pos_embed')?.[1] ?? 0;
  const tokens = protectedTokens(architecture);
  const before = Math.min(tokens, Math.max(0, rows - patches(architecture.imageSize) ** 2));
  const side = patches(configuration.imageSize);
  return {
    shape: [1, before + side * side, architecture.embedDim],
    read: async () => interpolatePositions(await own.read('pos_embed'), before, side, architecture.antialiasedPositions),
  };
}

/**
 * The adapted model's tensors: `attn.qkv.weight` with LoRA folded in (float64 sums), `pos_embed` resampled to the run's image size, the
 * run's heads instead of the backbone's, and under the authors' names the weights that cannot be folded. They are read one at a time. Where
 * every weight was trained, they are all the run's own.
 */
export function foldedTensors(model: AdaptedModel): Map<string, ResolvedTensor> {
  const { metadata, backbone, trained } = model;
  const { architecture, configuration } = metadata;
  const own = backbone.own ?? backbone;
  const tensors = new Map<string, ResolvedTensor>();
  if (trainsBackbone(configuration.peft)) {
    for (const name of expectedTrained(metadata).keys()) tensors.set(name, resolved(requireTensor(trained, name, 'the run')));
    return tensors;
  }
  for (const name of own.names()) {
    if (!isTrainedName(name)) tensors.set(name, { shape: own.shape(name) ?? [], read: () => own.read(name) });
  }
  tensors.set('pos_embed', positionsFor(model));
  for (const { name: unit, weights } of foldedUnits(adapterSizes(configuration))) {
    for (let block = 0; block < architecture.depth; block++) addFolded(tensors, trained, unit, weights, block);
  }
  const names = standing(metadata);
  for (const [name, tensor] of trained) if (names.has(name)) tensors.set(name, resolved(tensor));
  return tensors;
}

/** A block's layer with a unit folded into it. */
function addFolded(
  tensors: Map<string, ResolvedTensor>,
  trained: AdaptedModel['trained'],
  unit: AdapterName,
  weights: Adapter['weights'],
  block: number,
): void {
  const folding = FOLDS[unit];
  if (!folding) return;
  const name = `blocks.${block}.${folding.layer}`;
  const layer = requireTensor(tensors, name, 'the backbone');
  const own = weights.map((weight) => requireTensor(trained, `blocks.${block}.${weight.name}`, 'the run'));
  tensors.set(name, { shape: layer.shape, read: async () => folding.fold(await layer.read(), own, name) });
}

/** The metadata of the folded checkpoint: the run's configuration without LoRA and for the run's image size. */
export function foldedMetadata(metadata: AdaptedMetadata): AdaptedMetadata {
  const { architecture, configuration } = metadata;
  const sizes = adapterSizes(configuration);
  const folded = foldedUnits(sizes);
  const peft = peftOf(ADAPTERS.filter((unit) => sizes[unit.name] > 0 && !folded.includes(unit)).map(({ name }) => name));
  // The backbone differs from the one that the run started with, so weights trained on this one must not be used on that.
  const changed = trainsBackbone(configuration.peft)
    ? 'trained whole'
    : folded.length > 0
      ? `with ${folded.map(({ label }) => label).join(' and ')} folded in`
      : null;
  const model = changed === null ? configuration.model : `${configuration.model.slice(0, 450)} ${changed}`;
  return {
    ...metadata,
    configuration: { ...configuration, model, peft },
    architecture: { ...architecture, imageSize: configuration.imageSize },
  };
}

/** Names of the tensors that other tools' models have no place for. */
export function extraTensors({ metadata, trained }: AdaptedModel): string[] {
  const names = standing(metadata);
  return [...trained.keys()].filter((name) => !['head', 'backbone'].includes(names.get(name)?.owner ?? 'head'));
}

/** An adapted model without the weights that other tools have no place for. */
export function wholeOf(model: AdaptedModel): WholeModel {
  const { metadata } = model;
  const extra = new Set(extraTensors(model));
  const tensors = new Map([...foldedTensors(model)].filter(([name]) => !extra.has(name)));
  return {
    architecture: { ...metadata.architecture, imageSize: metadata.configuration.imageSize },
    tensors,
    labels: metadata.classes,
  };
}

/** A checkpoint as it was read. */
export function wholeOfCheckpoint({ architecture, reader, labels }: Checkpoint): WholeModel {
  const own = reader.own ?? reader;
  const tensors = new Map(
    own.names().map((name): [string, ResolvedTensor] => [name, { shape: own.shape(name) ?? [], read: () => own.read(name) }]),
  );
  const classes = own.shape('head.weight')?.[0] ?? 0;
  // Classes without names are called as in transformers.
  const named = labels?.length === classes ? labels : Array.from({ length: classes }, (_, index) => `LABEL_${index}`);
  return { architecture, tensors, labels: named };
}
