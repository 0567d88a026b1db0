import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { openTask } from '../../data/tasks/index.js';
import { createNetwork } from '../../engine/model/network.js';
import type { NetworkOptions } from '../../engine/model/types.js';
import { forward } from '../../engine/reference/model.js';
import { toWeights } from '../../engine/reference/weights.js';
import { PAPER_RECIPE, type Method, type Peft } from '../../protocol/configuration.js';
import { requireSchedule } from '../../protocol/schedule.js';
import { closeness } from '../../testing/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { testGpu } from '../../testing/gpu.js';
import { isTrainedName } from '../adapted.js';
import { byteSourceFromBytes } from '../safetensors.js';
import type { NamedTensor } from '../types.js';
import { loadWeights } from '../weights.js';
import { exportOnnx } from './export.js';

const PICTURES = 100;
const SIDE = 40;
const CLASSES = 10;
/** The promise of the export. Both sides are float32 with their own order of sums. */
const BOUND = 1e-4;
/** Two scores nearer than this may be taken in either order by float32. */
const TIE = 1e-5;

const bundled = new URL('../../../public/models/formula-vit.safetensors', import.meta.url);

describe.each<[Method, Peft]>([
  ['none', 'lora'],
  ['tome', 'adapter'],
  ['pyra', 'lora'],
])('the exported model against the engine, %s with %s', (method, peft) => {
  it('agrees in every merge and in the logits of a hundred pictures', { timeout: 300_000 }, async () => {
    const loaded = await loadWeights([byteSourceFromBytes('formula-vit.safetensors', await readFile(bundled))]);
    const { architecture } = loaded;
    if (!architecture) throw new TypeError('the bundled file has no backbone');
    const { r } = requireSchedule(method === 'none' ? 'none' : 'high', { tokens: 26, protectedTokens: 1, depth: 12 });
    const options: NetworkOptions = {
      imageSize: SIDE,
      classes: CLASSES,
      method,
      loraRank: peft === 'lora' ? 8 : 0,
      adapterWidth: peft === 'adapter' ? 8 : 0,
      schedule: r,
      proportionalAttention: true,
      dropout: 0,
      dropPath: 0,
      seed: 3,
    };
    const network = await createNetwork(await testGpu(), architecture, loaded.reader, options);
    // Zeros in LoRA_b, pyra_b and the like would leave half of the method untested.
    const random = new Fixtures(4);
    const trained = new Map<string, NamedTensor>();
    for (const [name, { shape, data }] of await network.readTrained()) {
      const noise = random.normal(data.length, name.endsWith('norm.weight') ? 0.1 : 0.05);
      trained.set(name, { shape, data: data.map((value, i) => value + (noise[i] ?? 0)) });
    }
    network.writeTrained(trained);

    const bytes = await exportOnnx(
      {
        metadata: {
          version: 1,
          architecture,
          schedule: r,
          classes: Array.from({ length: CLASSES }, (_, i) => `class ${i}`),
          accuracy: { validation: null, test: null },
          configuration: { ...PAPER_RECIPE, imageSize: SIDE, method, peft },
        },
        backbone: loaded.reader,
        trained,
      },
      { includeMaps: true },
    );
    const session = await InferenceSession.create(bytes);
    const task = openTask('texture', 0);
    const tracer = await network.tracer();
    let identical = 0;
    for (let picture = 0; picture < PICTURES; picture++) {
      const pixels = await task.pixels(picture, SIDE);
      const normalised = normalise(pixels, architecture.mean, architecture.std);
      const results = await session.run({ pixel_values: new Tensor('float32', normalised, [1, 3, SIDE, SIDE]) });
      const { logits, blocks } = await tracer.trace(pixels);
      const merges = blocks.every(({ source, mergedRow }, block) => {
        if (mergedRow.length === 0) return true;
        const theirs = results[`source_${block}`]?.data;
        if (!(theirs instanceof BigInt64Array)) throw new TypeError(`source_${block} is missing`);
        return source.every((row, token) => Number(theirs[token]) === row);
      });
      if (!merges) {
        const weights = new Map(trained);
        for (const name of loaded.reader.names()) if (!isTrainedName(name)) weights.set(name, await loaded.reader.read(name));
        const reference = forward(
          toWeights(weights),
          {
            heads: architecture.heads,
            method: method === 'pyra' ? 'pyra' : 'tome',
            r,
            proportionalAttention: true,
            layerNormEpsilon: architecture.layerNormEpsilon,
            loss: 'prediction',
          },
          Float64Array.from(normalised),
          1,
        );
        const nearest = Math.min(...reference.blocks.map(({ merge }) => merge?.match.gap[0] ?? Infinity));
        expect(nearest, `picture ${picture} merges otherwise, with no two scores close`).toBeLessThan(TIE);
        continue;
      }
      identical++;
      const theirs = results['logits']?.data;
      if (!(theirs instanceof Float32Array)) throw new TypeError('logits are missing');
      expect(closeness(logits, theirs).error, `logits of picture ${picture}`).toBeLessThan(BOUND);
    }
    expect(identical).toBeGreaterThan(PICTURES * 0.8);
    tracer.destroy();
    network.destroy();
  });
});

/** RGBA bytes to [3, S, S] floats, as the engine normalises on the GPU. */
function normalise(pixels: Uint8Array, mean: readonly number[], std: readonly number[]): Float32Array {
  const out = new Float32Array(3 * SIDE * SIDE);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < SIDE * SIDE; i++) {
      out[channel * SIDE * SIDE + i] = ((pixels[4 * i + channel] ?? 0) / 255 - (mean[channel] ?? 0)) / (std[channel] ?? 1);
    }
  }
  return out;
}
