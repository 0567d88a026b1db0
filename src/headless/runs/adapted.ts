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
import { openModel } from '../inputs/inputs.js';
import { openModelFiles } from '../inputs/model-files.js';
import type { Terminal } from '../terminal.js';
import { backbonePlace, readLocal, requireSameBackbone, type Local } from './local.js';
import { WEIGHTS_FILE } from './run-files.js';

export interface Adapted {
  readonly metadata: AdaptedMetadata;
  readonly loaded: LoadedWeights;
  readonly backbone: WeightReader;
  readonly local: Local | null;
}

/** A run's folder stands for the weights in it; an adapter that was made elsewhere is read together with its backbone. */
async function openWeightsAt(
  path: string,
  model: string | undefined,
  terminal: Terminal,
  overrides: ArchitectureOverrides,
): Promise<LoadedWeights> {
  const inside = join(path, WEIGHTS_FILE);
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
 * Opens a run's folder, `adapted.safetensors`, a PEFT adapter's folder, or a checkpoint that has the backbone with it.
 *
 * @param given by `--model`: the backbone's path or reference, where the file has none. Without it the backbone is looked for where
 * the run left word of it; weights that were trained on the bundled one need no other. Rejects with a sentence where nothing was
 * adapted, the backbone is missing, or it is another.
 */
export async function openAdapted(
  path: string,
  given: string | undefined,
  terminal: Terminal,
  overrides: ArchitectureOverrides = {},
): Promise<Adapted> {
  const loaded = await openWeightsAt(path, given, terminal, overrides);
  const { adapted: metadata } = loaded;
  if (!metadata) {
    const message = `${path}: holds a backbone that was not adapted (${loaded.format}); 'adapt' adapts it`;
    throw new PlaygroundError('file.unsupported', message, { subject: path });
  }
  const local = await readLocal(path);
  if (loaded.architecture) return { metadata, loaded, backbone: loaded.reader, local };
  const place = backbonePlace(path, metadata.configuration.model, given, local);
  const { heads, mean, std, layerNormEpsilon } = metadata.architecture;
  const { architecture, reader } = await openModel(place, terminal, { heads, mean, std, layerNormEpsilon, ...overrides });
  requireSameSizes(path, metadata.architecture, architecture);
  await requireSameBackbone(path, reader, { local, given, strict: false, terminal });
  return { metadata, loaded, backbone: reader, local };
}
