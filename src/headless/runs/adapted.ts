/** Adapted weights with the backbone that they were trained on. */
import { stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { requireSameSizes } from '../../formats/adapted/adapted.js';
import type { AdaptedMetadata, LoadedWeights, WeightReader } from '../../formats/types.js';
import { loadWeights, MissingBackbone, type ArchitectureOverrides } from '../../formats/backbones/weights.js';
import { PlaygroundError } from '../../vit/errors.js';
import { usage } from '../arguments.js';
import { byteSourcesFromPath } from '../inputs/folders.js';
import { BUNDLED, openModel } from '../inputs/inputs.js';
import { openModelFiles } from '../inputs/model-files.js';
import type { Terminal } from '../terminal.js';

export interface Adapted {
  readonly metadata: AdaptedMetadata;
  readonly loaded: LoadedWeights;
  readonly backbone: WeightReader;
}

/** A run's folder stands for the weights in it; an adapter that was made elsewhere is read together with its backbone. */
async function openWeightsAt(
  path: string,
  model: string | undefined,
  terminal: Terminal,
  overrides: ArchitectureOverrides,
): Promise<LoadedWeights> {
  const inside = join(path, 'adapted.safetensors');
  const isRun = (await stat(path).catch(() => null))?.isDirectory() === true && existsSync(inside);
  const sources = await byteSourcesFromPath(isRun ? inside : path);
  try {
    return await loadWeights(sources, overrides);
  } catch (thrown) {
    if (!(thrown instanceof MissingBackbone)) throw thrown;
    if (model === undefined) throw usage(`${thrown.message} (--model)`);
    const backbone = await openModelFiles(model, terminal);
    return loadWeights([...backbone.sources, ...sources], overrides);
  }
}

/**
 * Opens a run's folder, `adapted.safetensors`, a PEFT adapter's folder, or a checkpoint that has the backbone with it. `model` is the
 * backbone's path or reference where the file has none; weights that were trained on the bundled one need no other. Rejects with a sentence where
 * nothing was adapted, the backbone is missing, or it is another.
 */
export async function openAdapted(
  path: string,
  model: string | undefined,
  terminal: Terminal,
  overrides: ArchitectureOverrides = {},
): Promise<Adapted> {
  const loaded = await openWeightsAt(path, model, terminal, overrides);
  const { adapted: metadata } = loaded;
  if (!metadata) {
    const message = `${path}: holds a backbone that was not adapted (${loaded.format}); 'adapt' adapts it`;
    throw new PlaygroundError('file.unsupported', message, { subject: path });
  }
  if (loaded.architecture) return { metadata, loaded, backbone: loaded.reader };
  const modelPath = model ?? (metadata.configuration.model === BUNDLED ? BUNDLED : undefined);
  if (modelPath === undefined) {
    throw usage(`${path}: was trained on '${metadata.configuration.model}'; give that backbone with --model`);
  }
  const { heads, mean, std, layerNormEpsilon } = metadata.architecture;
  const { architecture, reader } = await openModel(modelPath, terminal, { heads, mean, std, layerNormEpsilon, ...overrides });
  requireSameSizes(path, metadata.architecture, architecture);
  return { metadata, loaded, backbone: reader };
}
