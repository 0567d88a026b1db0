/** Adapted weights with the backbone that they were trained on. */
import { stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { requireSameSizes } from '../../formats/adapted/adapted.js';
import { classifierModel } from '../../formats/backbones/classifier.js';
import type { AdaptedMetadata, AdaptedModel, LoadedWeights, WeightReader } from '../../formats/types.js';
import { requireSameBundled } from '../../formats/backbones/fingerprint.js';
import { loadWeights, MissingBackbone, readTrained, type ArchitectureOverrides } from '../../formats/backbones/weights.js';
import { PlaygroundError } from '../../vit/errors.js';
import { usualImageSize } from '../../vit/architecture.js';
import { usage } from '../arguments.js';
import { openModel } from '../inputs/inputs.js';
import { openModelFiles } from '../inputs/model-files.js';
import type { Terminal } from '../terminal.js';
import { backbonePlace, readLocal, readRecord, requireSameBackbone, type Local } from './local.js';
import { WEIGHTS_FILE } from './run-files.js';

export interface Adapted {
  readonly metadata: AdaptedMetadata;
  readonly loaded: LoadedWeights;
  readonly backbone: WeightReader;
  readonly local: Local | null;
}

export interface WeightsRequest {
  /** A run's folder, `adapted.safetensors`, a PEFT adapter's folder, a checkpoint that has the backbone with it, or a reference. */
  readonly path: string;
  /** The backbone's path or reference from `--model`, for a file without one. */
  readonly given: string | undefined;
  readonly overrides: ArchitectureOverrides;
  readonly terminal: Terminal;
}

/**
 * Opens the weights. A run's folder stands for the weights in it. An adapter that was made elsewhere is read together with its backbone.
 */
async function openWeights({ path, given, overrides, terminal }: WeightsRequest): Promise<LoadedWeights> {
  const inside = join(path, WEIGHTS_FILE);
  const isRun = (await stat(path).catch(() => null))?.isDirectory() === true && existsSync(inside);
  const { sources } = await openModelFiles(isRun ? inside : path, terminal);
  try {
    return await loadWeights(sources, overrides);
  } catch (thrown) {
    if (!(thrown instanceof MissingBackbone)) throw thrown;
    if (given === undefined) throw usage(`${thrown.message} (--model)`);
    const backbone = await openModelFiles(given, terminal);
    return loadWeights([...backbone.sources, ...sources], overrides);
  }
}

async function withBackbone(request: WeightsRequest, loaded: LoadedWeights, said: AdaptedMetadata): Promise<Adapted> {
  const { path, given, overrides, terminal } = request;
  const metadata = { ...said, architecture: { ...said.architecture, ...overrides } };
  const local = await readLocal(path);
  if (loaded.architecture) return { metadata, loaded, backbone: loaded.reader, local };
  const place = backbonePlace(path, metadata.configuration.model, given, local);
  const { heads, mean, std, layerNormEpsilon, antialiasedPositions, framing } = metadata.architecture;
  const known = { heads, mean, std, layerNormEpsilon, antialiasedPositions, framing, ...overrides };
  const { architecture, reader } = await openModel(place, terminal, known);
  requireSameSizes(path, metadata, architecture);
  const record = given === undefined && local === null ? await readRecord(path) : null;
  if (record) await requireSameBundled(record, () => reader, 'give the file that it had with --model');
  await requireSameBackbone(path, reader, { local, given, strict: false, terminal });
  return { metadata, loaded, backbone: reader, local };
}

function notAdapted(path: string, { format }: LoadedWeights): PlaygroundError {
  const message = `${path}: holds a backbone that was not adapted (${format}); 'adapt' adapts it`;
  return new PlaygroundError('file.unsupported', message, { subject: path });
}

/**
 * Opens adapted weights. Where no backbone is given, it is looked up where the run recorded it; weights that were trained on the bundled
 * one need no record. Rejects with a sentence where the file is not adapted, the backbone is missing, or it is a different one.
 */
export async function openAdapted(request: WeightsRequest): Promise<Adapted> {
  const loaded = await openWeights(request);
  if (!loaded.adapted) throw notAdapted(request.path, loaded);
  return withBackbone(request, loaded, loaded.adapted);
}

/** Opens a model that classifies: adapted weights as {@link openAdapted} does, or an unadapted classifier, which keeps all its tokens. */
export async function openPredictor(request: WeightsRequest): Promise<AdaptedModel> {
  const loaded = await openWeights(request);
  const { adapted, architecture } = loaded;
  if (adapted) {
    const { metadata, backbone } = await withBackbone(request, loaded, adapted);
    return { metadata, backbone, trained: await readTrained(loaded) };
  }
  if (!architecture) throw notAdapted(request.path, loaded);
  return classifierModel({ ...loaded, architecture }, { imageSize: usualImageSize(architecture), schedule: 'none' });
}
