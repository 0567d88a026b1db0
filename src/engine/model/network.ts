import type { Architecture } from '../../vit/architecture.js';
import { initialTokens, protectedTokens } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import { reduces } from '../../vit/methods/index.js';
import { followSchedule } from '../../vit/schedule.js';
import type { Machine } from '../plan/machine.js';
import type { StorageMaker } from '../plan/tensor.js';
import { Backbone, readStart, type BackboneForm } from './backbone.js';
import { createEvaluator } from './evaluator.js';
import { ParameterStorage } from './parameter-storage.js';
import type { NetworkState } from './state.js';
import { flatten, initialParameters, layOutParameters, unflatten } from './parameters.js';
import { createTracer } from './tracer.js';
import { createTrainer } from './trainer.js';
import type { BackboneReader, Network, NetworkOptions } from './types.js';

/** Widths of heads that the attention kernels support and are tested for. */
const HEAD_WIDTHS = { least: 16, most: 128 };
/** The most tokens that the kernels are tested for: pictures of 518 pixels in patches of 14, with 30 tokens in front. */
export const MOST_TOKENS = 1400;

/**
 * Puts a vision transformer on a machine: uploads the frozen backbone and gives the trained weights their initial values.
 * Rejects with `schedule.invalid`, `option.invalid`, `weights.unsupported-architecture`, `weights.missing-tensor` or
 * `weights.wrong-shape`.
 */
export async function createNetwork(
  machine: Machine,
  architecture: Architecture,
  reader: BackboneReader,
  options: NetworkOptions,
  onProgress?: (done: number, total: number) => void,
): Promise<Network> {
  const state = await createState(machine, architecture, reader, options, onProgress);
  return networkOf(machine, state, () => state.backbone.release());
}

/**
 * A network made of existing parts.
 * @param releaseBackbone called when the network is destroyed, since the backbone may be shared.
 */
export function networkOf(machine: Machine, state: NetworkState, releaseBackbone: () => void): Network {
  const { trained, backbone } = state;
  const { layout } = trained;
  return {
    trainedParameters: layout.count,
    totalParameters: layout.count + backbone.parameters,
    bytes: backbone.bytes + trained.bytes,
    trainer: (batch, onProgress) => createTrainer(machine, state, batch, onProgress),
    evaluator: (batch, onProgress) => createEvaluator(machine, state, batch, onProgress),
    tracer: (onProgress) => createTracer(machine, state, onProgress),
    keepPictures: async (count) => (await machine.keepPictures?.(count, 4 * state.options.imageSize ** 2)) ?? null,
    readTrained: async (when) => unflatten(layout, await trained.readValues(when)),
    writeTrained: (weights, when) => {
      trained.writeValues(flatten(layout, weights), when);
    },
    readOptimizer: () => trained.readMoments(),
    writeOptimizer: ({ first, second }) => {
      trained.writeMoments(first, second);
    },
    destroy: () => {
      releaseBackbone();
      trained.release();
    },
  };
}

/** The parts from which a network's plans are recorded. */
export async function createState(
  machine: Machine,
  architecture: Architecture,
  reader: BackboneReader,
  options: NetworkOptions,
  onProgress?: (done: number, total: number) => void,
): Promise<NetworkState> {
  requireFit(architecture, options);
  const form = backboneForm(architecture, options);
  const make: StorageMaker = (storage) => machine.storage(storage);
  if (!options.trainsBackbone) {
    return stateOn(make, architecture, await Backbone.upload(make, architecture, reader, form, onProgress), options);
  }
  const layout = layOutParameters(architecture, options);
  const initial = initialParameters(layout, options.seed);
  await readStart(initial, layout, architecture, reader, onProgress);
  return { architecture, options, backbone: Backbone.none(), trained: new ParameterStorage(make, layout, initial) };
}

/** How a network's backbone is stored on a machine. */
export const backboneForm = (
  { patchSize }: Pick<Architecture, 'patchSize'>,
  { imageSize, halfWeights = false }: Pick<NetworkOptions, 'imageSize' | 'halfWeights'>,
): BackboneForm => ({ gridSide: Math.floor(imageSize / patchSize), half: halfWeights });

/** The parts of a network on a backbone that is already uploaded for pictures of this side. Throws as {@link createNetwork} rejects. */
export function stateOn(
  make: StorageMaker,
  architecture: Architecture,
  backbone: Backbone,
  options: NetworkOptions,
): NetworkState {
  requireFit(architecture, options);
  const layout = layOutParameters(architecture, options);
  const trained = new ParameterStorage(make, layout, initialParameters(layout, options.seed));
  return { architecture, options, backbone, trained };
}

function requireFit(architecture: Architecture, options: NetworkOptions): void {
  const { embedDim, heads, patchSize, depth } = architecture;
  const invalid = (subject: string, message: string): PlaygroundError =>
    new PlaygroundError('option.invalid', message, { subject });
  if (embedDim % heads !== 0) {
    throw new PlaygroundError(
      'weights.unsupported-architecture',
      `backbone: its ${embedDim} channels cannot be divided among ${heads} heads`,
      { subject: 'heads' },
    );
  }
  const headWidth = embedDim / heads;
  if (headWidth < HEAD_WIDTHS.least || headWidth > HEAD_WIDTHS.most) {
    throw new PlaygroundError(
      'weights.unsupported-architecture',
      `backbone: its heads are ${headWidth} channels wide, but ${HEAD_WIDTHS.least} to ${HEAD_WIDTHS.most} are supported`,
      { subject: 'heads' },
    );
  }
  if (options.imageSize < patchSize) {
    throw invalid('image-size', `image size: ${options.imageSize} pixels are less than one patch of ${patchSize}`);
  }
  if (options.imageSize % patchSize !== 0) {
    throw invalid('image-size', `image size: ${options.imageSize} pixels are not a multiple of the patch size ${patchSize}`);
  }
  const tokens = initialTokens(architecture, options.imageSize);
  if (tokens > MOST_TOKENS) {
    throw invalid(
      'image-size',
      `image size: ${options.imageSize} pixels make ${tokens} tokens, but at most ${MOST_TOKENS} are supported`,
    );
  }
  if (options.classes < 2) throw invalid('classes', `classes: there are ${options.classes}, but a head needs at least 2`);
  if (options.trainsBackbone && protectedTokens(architecture) > 1) {
    throw new PlaygroundError(
      'weights.unsupported-architecture',
      'backbone: it has more tokens in front than the class token, which full training does not support; train LoRA or an adapter on it',
      { subject: 'peft' },
    );
  }
  if (options.loraRank > embedDim) {
    throw invalid('rank', `rank: LoRA's rank ${options.loraRank} is more than the backbone's ${embedDim} channels`);
  }
  if (reduces(options.method)) {
    const [problem] = followSchedule(options.schedule, {
      tokens,
      protectedTokens: protectedTokens(architecture),
      depth,
    }).problems;
    if (problem) throw new PlaygroundError('schedule.invalid', problem.message, { subject: 'schedule' });
  }
}
