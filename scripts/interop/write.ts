/** Writes exports of small models, with the results that are computed here, for the libraries to load. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeSafetensors } from '../../src/containers/safetensors/safetensors.js';
import { forward, type ModelConfig } from '../../src/engine/reference/model.js';
import { toWeights } from '../../src/engine/reference/weights.js';
import { expectedTrained } from '../../src/formats/adapted/adapted.js';
import { exportModel } from '../../src/formats/exports/index.js';
import type { AdaptedMetadata, AdaptedModel, Checkpoint } from '../../src/formats/types.js';
import type { ModelFormat } from '../../src/protocol/exports.js';
import type { NamedFile } from '../../src/protocol/files.js';
import { PAPER_RECIPE } from '../../src/vit/configuration.js';
import { Fixtures } from '../../src/testing/fixtures.js';
import type { NamedTensor } from '../../src/containers/tensors.js';
import { EXPECT, formsIn, loadForm, readExpectation, requireCheckpoint } from './compare.js';

const CLASSES = ['cat', 'dog', 'ibex', 'yak'];

/** A run on a backbone: random LoRA and head, without merging, which other libraries do not support. */
export function runOn({ architecture, reader }: Checkpoint, imageSize: number): AdaptedModel {
  const metadata: AdaptedMetadata = {
    version: 1,
    configuration: {
      ...PAPER_RECIPE,
      model: 'base',
      data: 'animals',
      imageSize,
      method: 'none',
      peft: 'lora',
      loraRank: 3,
      schedule: 'none',
    },
    architecture,
    classes: CLASSES,
    schedule: Array.from({ length: architecture.depth }, () => 0),
    accuracy: { validation: null, test: null },
  };
  const random = new Fixtures(5);
  const trained = new Map<string, NamedTensor>();
  for (const [name, { shape }] of expectedTrained(metadata)) {
    const length = shape.reduce((product, side) => product * side, 1);
    trained.set(name, { shape, data: Float32Array.from(random.normal(length, 0.3)) });
  }
  return { metadata, backbone: reader, trained };
}

async function expectation({ metadata, backbone, trained }: AdaptedModel): Promise<Uint8Array> {
  const { architecture, configuration, classes } = metadata;
  const side = configuration.imageSize;
  const tensors = new Map<string, NamedTensor>();
  for (const name of backbone.names()) tensors.set(name, await backbone.read(name));
  for (const [name, tensor] of trained) tensors.set(name, tensor);
  const batch = 2;
  const pixels = Float32Array.from(new Fixtures(6).normal(batch * 3 * side * side));
  const config: ModelConfig = {
    heads: architecture.heads,
    method: 'none',
    r: metadata.schedule,
    proportionalAttention: false,
    loss: 'prediction',
    layerNormEpsilon: architecture.layerNormEpsilon,
    antialiasedPositions: architecture.antialiasedPositions,
  };
  const { logits } = forward(toWeights(tensors), config, Float64Array.from(pixels), batch);
  return writeSafetensors(
    new Map([
      ['pixels', { shape: [batch, 3, side, side], data: pixels }],
      ['logits', { shape: [batch, classes.length], data: Float32Array.from(logits) }],
    ]),
    {},
  );
}

async function place(folder: string, files: readonly NamedFile[]): Promise<void> {
  for (const { name, bytes } of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
}

/** The forms in which a run can be exported, by the names of its backbone's tensors. */
const FORMS: Readonly<Record<'timm' | 'hf', readonly ModelFormat[]>> = {
  timm: ['timm', 'peft-timm', 'onnx', 'transformers-js'],
  hf: ['hf', 'peft-hf', 'timm', 'onnx', 'transformers-js'],
};

/** Writes every form of a run on each of the backbones that a library wrote, below `out`, and returns the folders. */
export async function writeExports(forms: string, names: readonly string[], out: string): Promise<string[]> {
  await rm(out, { recursive: true, force: true });
  const folders: string[] = [];
  const there = await formsIn(forms);
  for (const name of names.filter((form) => there.includes(form))) {
    const backbone = join(forms, name);
    const checkpoint = requireCheckpoint(await loadForm(backbone));
    // For a model for larger pictures, the run has the library's smaller pictures.
    const [, , , side = checkpoint.architecture.imageSize] = (await readExpectation(backbone)).pixels.shape;
    const model = runOn(checkpoint, side);
    const expected = await expectation(model);
    for (const form of FORMS[name.startsWith('hf') ? 'hf' : 'timm']) {
      const folder = join(out, `${name}-${form}`);
      await place(folder, await exportModel(model, form));
      await writeFile(`${folder}.${EXPECT}`, expected);
      await writeFile(`${folder}.check.json`, JSON.stringify({ form, backbone }));
      folders.push(folder);
    }
  }
  return folders;
}
