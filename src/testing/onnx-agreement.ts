/** Tests that an exported ONNX model agrees with the engine in every merge and in the logits, on whatever machine the engine computes. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { openTask } from '../data/tasks/index.js';
import { setUpRun } from '../engine/training/setup.js';
import { createNetwork } from '../engine/model/network.js';
import type { BlockTrace, NetworkOptions } from '../engine/model/types.js';
import { forward } from '../engine/reference/model.js';
import { toWeights } from '../engine/reference/weights.js';
import type { Peft } from '../vit/adapters/index.js';
import { PAPER_RECIPE } from '../vit/configuration.js';
import type { Method } from '../vit/methods/index.js';
import { initialTokens, protectedTokens, type Architecture } from '../vit/architecture.js';
import { requireSchedule } from '../vit/schedule.js';
import { adaptedModel } from './adapted-model.js';
import { closeness } from './numbers/closeness.js';
import { Fixtures } from './fixtures.js';
import type { Machine } from '../engine/plan/machine.js';
import { smallModel } from './small-model.js';
import { isTrainedName } from '../vit/weights.js';
import { byteSourceFromBytes } from '../containers/safetensors/safetensors.js';
import type { WeightReader } from '../formats/types.js';
import type { NamedTensor } from '../containers/tensors.js';
import { loadWeights } from '../formats/backbones/weights.js';
import { exportOnnx } from '../formats/onnx/export.js';

const SIDE = 40;
const CLASSES = 10;
/** The allowed difference of logits. Both sides are float32 with sums in different orders. */
const BOUND = 1e-4;
/** Float32 may order two scores either way that differ by less than this. */
const TIE = 1e-5;

const bundled = new URL('../../public/models/photo-formula-vit.safetensors', import.meta.url);

interface Backbone {
  readonly architecture: Architecture;
  readonly reader: WeightReader;
}

async function openBundled(): Promise<Backbone> {
  const { architecture, reader } = await loadWeights([
    byteSourceFromBytes('photo-formula-vit.safetensors', await readFile(bundled)),
  ]);
  if (!architecture) throw new TypeError('the bundled file has no backbone');
  return { architecture, reader };
}

/** The same backbone with a distillation token near its class token, and with the class token's position for it. */
async function withDistillation({ architecture, reader }: Backbone): Promise<Backbone> {
  const D = architecture.embedDim;
  const noise = new Fixtures(5).normal(D, 0.02);
  const [token, positions] = [await reader.read('cls_token'), await reader.read('pos_embed')];
  const own = new Map<string, NamedTensor>([
    ['dist_token', { shape: [1, 1, D], data: token.data.map((value, i) => value + (noise[i] ?? 0)) }],
    [
      'pos_embed',
      {
        shape: [1, (positions.shape[1] ?? 0) + 1, D],
        data: Float32Array.from([...positions.data.subarray(0, D), ...positions.data]),
      },
    ],
  ]);
  return {
    architecture: { ...architecture, distilled: true },
    reader: {
      names: () => [...new Set([...reader.names(), ...own.keys()])],
      shape: (name) => own.get(name)?.shape ?? reader.shape(name),
      read: async (name) => own.get(name) ?? reader.read(name),
    },
  };
}

type Outputs = Readonly<Record<string, { readonly data: unknown }>>;

/** Both runtimes, each as a function from one normalised picture to the model's outputs. */
async function runtimes(bytes: Uint8Array): Promise<readonly (readonly [string, (picture: Float32Array) => Promise<Outputs>])[]> {
  web.env.wasm.numThreads = 1;
  const dims = [1, 3, SIDE, SIDE];
  const inNode = await native.InferenceSession.create(bytes);
  const inBrowser = await web.InferenceSession.create(bytes);
  return [
    ['onnxruntime-node', (picture) => inNode.run({ pixel_values: new native.Tensor('float32', picture, dims) })],
    ['onnxruntime-web', (picture) => inBrowser.run({ pixel_values: new web.Tensor('float32', picture, dims) })],
  ];
}

const METHODS: readonly Method[] = ['none', 'tome', 'pyra'];
const PEFTS: readonly Peft[] = ['lora', 'adapter'];
const cases = METHODS.flatMap((method) =>
  PEFTS.flatMap((peft) =>
    [false, true].map((distilled) => ({ method, peft, distilled, tokens: distilled ? 'distilled' : 'one class token' })),
  ),
);

interface Agreement {
  /** The machine that the engine computes on. */
  readonly machine: () => Promise<Machine>;
  /** How many pictures are compared, for each method and way to adapt. */
  readonly pictures: number;
}

/** The bundled backbone with every method, both ways to adapt, with and without a distillation token; then one of ViT-B's sizes. */
export function describeOnnxAgreement(given: Agreement): void {
  describe.each(cases)('the exported model against the engine, $method with $peft, $tokens', (chosen) => {
    it(`agrees in every merge and in the logits of ${given.pictures} pictures`, () => bundledAgrees(given, chosen));
  });
  it('agrees at the sizes of ViT-B/16: 197 tokens of 768 channels, the first merges of the high rate', () =>
    largeAgrees(given.machine));
}

async function bundledAgrees(
  { machine, pictures }: Agreement,
  { method, peft, distilled }: (typeof cases)[number],
): Promise<void> {
  const { architecture, reader } = distilled ? await withDistillation(await openBundled()) : await openBundled();
  const options = optionsOf(architecture, method, peft);
  const network = await createNetwork(await machine(), architecture, reader, options);
  const trained = perturbed(await network.readTrained());
  network.writeTrained(trained);
  const bytes = await exportOnnx(
    {
      metadata: {
        version: 1,
        architecture,
        schedule: options.schedule,
        classes: Array.from({ length: CLASSES }, (_, i) => `class ${i}`),
        accuracy: { validation: null, test: null },
        configuration: { ...PAPER_RECIPE, imageSize: SIDE, method, peft },
      },
      backbone: reader,
      trained,
    },
    { includeMaps: true },
  );
  const sessions = await runtimes(bytes);
  const task = openTask('texture', 0);
  const tracer = await network.tracer();
  const identical = sessions.map(() => 0);
  for (let picture = 0; picture < pictures; picture++) {
    const pixels = await task.pixels(picture, SIDE);
    const normalised = normalise(pixels, architecture.mean, architecture.std);
    const traced = await tracer.trace(pixels);
    for (const [index, [runtime, run]] of sessions.entries()) {
      const results = await run(normalised);
      if (!mergesAgree(traced.blocks, results)) {
        const nearest = await nearestScores({ architecture, reader }, trained, options, normalised);
        expect(nearest, `${runtime}: picture ${picture} merges otherwise, with no two scores close`).toBeLessThan(TIE);
        continue;
      }
      identical[index] = (identical[index] ?? 0) + 1;
      const theirs = results['logits']?.data;
      if (!(theirs instanceof Float32Array)) throw new TypeError(`${runtime}: logits are missing`);
      expect(closeness(traced.logits, theirs).error, `${runtime}: logits of picture ${picture}`).toBeLessThan(BOUND);
    }
  }
  for (const count of identical) expect(count).toBeGreaterThan(pictures * 0.8);
  tracer.destroy();
  network.destroy();
}

function optionsOf(architecture: Architecture, method: Method, peft: Peft): NetworkOptions {
  const shape = {
    tokens: initialTokens(architecture, SIDE),
    protectedTokens: protectedTokens(architecture),
    depth: architecture.depth,
  };
  return {
    imageSize: SIDE,
    classes: CLASSES,
    method,
    loraRank: peft === 'lora' ? 8 : 0,
    adapterWidth: peft === 'adapter' ? 8 : 0,
    schedule: requireSchedule(method === 'none' ? 'none' : 'high', shape).r,
    proportionalAttention: true,
    dropout: 0,
    dropPath: 0,
    seed: 3,
  };
}

/** Adds noise to weights: the initial zeros of LoRA_b, pyra_b and others would leave half of the method untested. */
function perturbed(weights: ReadonlyMap<string, NamedTensor>): ReadonlyMap<string, NamedTensor> {
  const random = new Fixtures(4);
  const noisy = new Map<string, NamedTensor>();
  for (const [name, { shape, data }] of weights) {
    const noise = random.normal(data.length, name.endsWith('norm.weight') ? 0.1 : 0.05);
    noisy.set(name, { shape, data: data.map((value, i) => value + (noise[i] ?? 0)) });
  }
  return noisy;
}

function mergesAgree(blocks: readonly BlockTrace[], results: Outputs): boolean {
  return blocks.every(({ source, mergedRow }, block) => {
    if (mergedRow.length === 0) return true;
    const theirs = results[`source_${block}`]?.data;
    if (!(theirs instanceof BigInt64Array)) throw new TypeError(`source_${block} is missing`);
    return source.every((row, token) => Number(theirs[token]) === row);
  });
}

async function largeAgrees(machine: () => Promise<Machine>): Promise<void> {
  const [side, classes, r] = [224, 100, [40, 34]];
  const options = {
    seed: 6,
    channels: 768,
    hidden: 3072,
    patch: 16,
    grid: 14,
    classes,
    distilled: false,
    rank: 8,
    adapterWidth: 0,
  };
  const weights = smallModel({ ...options, r });
  const model = adaptedModel({ weights, side, patch: 16, heads: 12, classes, configuration: { method: 'pyra' }, schedule: r });
  const { architecture, configuration } = model.metadata;
  const { options: network } = setUpRun({ ...configuration, schedule: r.join(',') }, architecture, classes);
  const made = await createNetwork(await machine(), architecture, model.backbone, network);
  made.writeTrained(model.trained);
  const session = await native.InferenceSession.create(await exportOnnx(model, { includeMaps: true }));
  const tracer = await made.tracer();
  const pixels = await openTask('shapes', 0).pixels(0, side);
  const { logits, blocks } = await tracer.trace(pixels);
  const picture = normalise(pixels, architecture.mean, architecture.std, side);
  const results = await session.run({ pixel_values: new native.Tensor('float32', picture, [1, 3, side, side]) });
  for (const [block, { source }] of blocks.entries()) {
    expect(Array.from(results[`source_${block}`]!.data, Number), `block ${block}`).toEqual([...source]);
  }
  expect(closeness(logits, Float32Array.from(results['logits']!.data, Number)).error).toBeLessThan(BOUND);
  tracer.destroy();
  made.destroy();
}

/** The smallest difference between two scores that decides a merge of this picture, in float64. */
async function nearestScores(
  { architecture, reader }: Backbone,
  trained: ReadonlyMap<string, NamedTensor>,
  { method, schedule, proportionalAttention }: NetworkOptions,
  picture: Float32Array,
): Promise<number> {
  const weights = new Map(trained);
  for (const name of reader.names()) if (!isTrainedName(name)) weights.set(name, await reader.read(name));
  const reference = forward(
    toWeights(weights),
    {
      heads: architecture.heads,
      method,
      r: schedule,
      proportionalAttention,
      layerNormEpsilon: architecture.layerNormEpsilon,
      antialiasedPositions: architecture.antialiasedPositions,
      loss: 'prediction',
    },
    Float64Array.from(picture),
    1,
  );
  return Math.min(...reference.blocks.map(({ merge }) => merge?.match.gap[0] ?? Infinity));
}

/** RGBA bytes to [3, S, S] floats, as the engine normalises on the GPU. */
function normalise(pixels: Uint8Array, mean: readonly number[], std: readonly number[], side = SIDE): Float32Array {
  const out = new Float32Array(3 * side * side);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < side * side; i++) {
      out[channel * side * side + i] = ((pixels[4 * i + channel] ?? 0) / 255 - (mean[channel] ?? 0)) / (std[channel] ?? 1);
    }
  }
  return out;
}
