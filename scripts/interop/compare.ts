/** Compares what this project computes with a model that a library wrote with what the library computed. */
import { join } from 'node:path';
import { readdir } from 'node:fs/promises';
import { openSafetensors } from '../../src/containers/safetensors/safetensors.js';
import { forward, type ModelConfig } from '../../src/engine/reference/model.js';
import { toWeights } from '../../src/engine/reference/weights.js';
import { classifierModel } from '../../src/formats/backbones/classifier.js';
import { loadWeights, readTrained } from '../../src/formats/backbones/weights.js';
import type { AdaptedModel, Checkpoint, LoadedWeights } from '../../src/formats/types.js';
import { byteSourceFromPath } from '../../src/headless/inputs/files.js';
import { byteSourcesFromPath } from '../../src/headless/inputs/folders.js';
import type { NamedTensor } from '../../src/containers/tensors.js';

export const EXPECT = 'expect.safetensors';

export interface Expectation {
  /** [B, 3, S, S], normalised. */
  readonly pixels: NamedTensor;
  readonly logits: NamedTensor | null;
  /** [B, C]: the class token after the last norm. */
  readonly features: NamedTensor | null;
}

export const readExpectation = (folder: string): Promise<Expectation> => readExpectationFile(join(folder, EXPECT));

export async function readExpectationFile(path: string): Promise<Expectation> {
  const file = await openSafetensors(await byteSourceFromPath(path));
  const read = (name: string): Promise<NamedTensor> | null => (file.tensors.has(name) ? file.read(name) : null);
  return { pixels: await file.read('pixels'), logits: await read('logits'), features: await read('features') };
}

/** The model's files, without the expected results beside them. */
export async function loadForm(folder: string): Promise<LoadedWeights> {
  const sources = await byteSourcesFromPath(folder);
  return loadWeights(sources.filter(({ name }) => name !== EXPECT && !name.endsWith('.md')));
}

export function requireCheckpoint(loaded: LoadedWeights): Checkpoint {
  if (!loaded.architecture) throw new Error(`${loaded.name}: holds no backbone`);
  return { ...loaded, architecture: loaded.architecture };
}

/** The model as it is evaluated here: a PEFT adapter on its backbone, or an unadapted classifier. */
export async function modelOf(checkpoint: Checkpoint): Promise<AdaptedModel> {
  const { adapted, reader, architecture } = checkpoint;
  if (adapted) return { metadata: adapted, backbone: reader, trained: await readTrained(checkpoint) };
  return classifierModel(checkpoint, { imageSize: architecture.imageSize, schedule: 'none' });
}

/** The logits and the class token after the last norm, by the float64 reference. */
export async function compute(
  checkpoint: Checkpoint,
  pixels: NamedTensor,
): Promise<{ logits: Float64Array; features: Float64Array }> {
  const { reader, architecture } = checkpoint;
  const tensors = new Map<string, NamedTensor>();
  for (const name of reader.names()) tensors.set(name, await reader.read(name));
  const { embedDim } = architecture;
  if (tensors.has('head.weight')) for (const [name, tensor] of (await modelOf(checkpoint)).trained) tensors.set(name, tensor);
  else {
    for (const head of architecture.distilled ? ['head', 'head_dist'] : ['head']) {
      tensors.set(`${head}.weight`, { shape: [1, embedDim], data: new Float32Array(embedDim) });
      tensors.set(`${head}.bias`, { shape: [1], data: new Float32Array(1) });
    }
  }
  const batch = pixels.shape[0] ?? 0;
  const config: ModelConfig = {
    heads: architecture.heads,
    method: 'none',
    r: Array.from({ length: architecture.depth }, () => 0),
    proportionalAttention: false,
    layerNormEpsilon: architecture.layerNormEpsilon,
    antialiasedPositions: architecture.antialiasedPositions,
    loss: 'prediction',
  };
  const { logits, normalised } = forward(toWeights(tensors), config, Float64Array.from(pixels.data), batch);
  const row = normalised.length / batch;
  const features = Float64Array.from(
    { length: batch * embedDim },
    (_, i) => normalised[Math.floor(i / embedDim) * row + (i % embedDim)] ?? NaN,
  );
  return { logits, features };
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] ?? NaN) - (b[i] ?? NaN));
    largest = difference <= largest ? largest : Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

/** The largest difference between the library's results for its model and those computed here. */
export async function compareForm(folder: string): Promise<number> {
  const { pixels, logits, features } = await readExpectation(folder);
  const found = await compute(requireCheckpoint(await loadForm(folder)), pixels);
  return Math.max(
    logits ? largestDifference(found.logits, logits.data) : 0,
    features ? largestDifference(found.features, features.data) : 0,
  );
}

export async function formsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
