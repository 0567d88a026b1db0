import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { forward } from '../../engine/reference/model.js';
import { toWeights } from '../../engine/reference/weights.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { requireSchedule } from '../../vit/schedule.js';
import { expectClose } from '../../testing/numbers/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { smallModel } from '../../testing/small-model.js';
import { isTrainedName } from '../../vit/weights.js';
import { byteSourceFromBytes } from '../../containers/safetensors/safetensors.js';
import type { NamedTensor } from '../../containers/tensors.js';
import { loadWeights } from '../backbones/weights.js';
import { exportOnnx } from './export.js';

const PICTURES = 100;
const SIDE = 40;

describe('the bundled backbone, adapted, on a hundred pictures', () => {
  it('gives the reference merges and logits in onnxruntime, native and web', async () => {
    const path = new URL('../../../public/models/photo-formula-vit.safetensors', import.meta.url);
    const { architecture, reader } = await loadWeights([
      byteSourceFromBytes('photo-formula-vit.safetensors', await readFile(path)),
    ]);
    if (!architecture) throw new TypeError('the bundled file has no backbone');
    const { r } = requireSchedule('high', { tokens: 26, protectedTokens: 1, depth: 12 });
    const random = smallModel({
      ...{ seed: 5, channels: 96, hidden: 384, patch: 8, grid: 1, classes: 4, distilled: false, rank: 8, adapterWidth: 0, r },
    });
    const tensors = new Map<string, NamedTensor>();
    for (const name of reader.names()) if (!isTrainedName(name)) tensors.set(name, await reader.read(name));
    const backbone = new Map(tensors);
    const trained = new Map<string, NamedTensor>();
    for (const [name, { shape, data }] of random) {
      if (isTrainedName(name)) trained.set(name, { shape, data: Float32Array.from(data, (value) => 0.2 * value) });
    }
    for (const [name, tensor] of trained) tensors.set(name, tensor);

    const bytes = await exportOnnx(
      {
        metadata: {
          ...{ version: 1, architecture, schedule: r, classes: ['a', 'b', 'c', 'd'], accuracy: { validation: null, test: null } },
          configuration: { ...PAPER_RECIPE, imageSize: SIDE, method: 'pyra' },
        },
        backbone: {
          names: () => [...backbone.keys()],
          shape: (name) => backbone.get(name)?.shape,
          read: reader.read.bind(reader),
        },
        trained,
      },
      { includeMaps: true },
    );
    const images = pictures();
    const expected = forward(
      toWeights(tensors),
      {
        ...{ heads: architecture.heads, method: 'pyra', r, proportionalAttention: true },
        ...{ antialiasedPositions: architecture.antialiasedPositions },
        ...{ layerNormEpsilon: architecture.layerNormEpsilon, loss: 'prediction' },
      },
      images,
      PICTURES,
    );
    // A picture whose scores somewhere come closer than float32 can tell apart may merge otherwise, and then all else differs.
    const clear = Array.from({ length: PICTURES }, (_, b) => b).filter((b) =>
      expected.blocks.every(({ merge }) => !merge || merge.match.gap[b]! > 1e-5),
    );
    expect(clear.length).toBeGreaterThan(PICTURES * 0.8);

    const dims = [PICTURES, 3, SIDE, SIDE];
    web.env.wasm.numThreads = 1;
    const runs = [
      await (
        await native.InferenceSession.create(bytes)
      ).run({ pixel_values: new native.Tensor('float32', Float32Array.from(images), dims) }),
      await (
        await web.InferenceSession.create(bytes)
      ).run({ pixel_values: new web.Tensor('float32', Float32Array.from(images), dims) }),
    ];
    for (const results of runs) {
      const values = (name: string): Float64Array => {
        const data = results[name]?.data;
        if (!(data instanceof Float32Array || data instanceof BigInt64Array)) throw new TypeError(`${name} is missing`);
        return Float64Array.from(data, Number);
      };
      for (const b of clear) {
        const row = (array: ArrayLike<number>): number[] =>
          Array.from(array).slice((b * array.length) / PICTURES, ((b + 1) * array.length) / PICTURES);
        // Float32 through twelve blocks: a few roundings of 1e-7 each, and room for another order of sums. The promise is 1e-4.
        expectClose(`logits of picture ${b}`, row(values('logits')), row(expected.logits), 1e-5);
        expected.blocks.forEach(({ merge, after }, i) => {
          if (merge) expect(row(values(`source_${i}`)), `picture ${b}, block ${i}`).toEqual(row(after.source));
        });
      }
    }
  });
});

/** Pictures with some structure: a soft disc of a colour on a gradient, and a little noise, normalised as the backbone expects. */
function pictures(): Float64Array {
  const random = new Fixtures(3);
  const out = new Float64Array(PICTURES * 3 * SIDE * SIDE);
  for (let b = 0; b < PICTURES; b++) {
    const [x, y, radius] = [random.uniform(1, 10, 30)[0]!, random.uniform(1, 10, 30)[0]!, random.uniform(1, 4, 14)[0]!];
    const colour = random.uniform(3);
    const slope = random.uniform(2);
    const noise = random.normal(3 * SIDE * SIDE, 0.1);
    for (let i = 0; i < 3 * SIDE * SIDE; i++) {
      const [plane, v, u] = [Math.floor(i / SIDE ** 2), Math.floor(i / SIDE) % SIDE, i % SIDE];
      const inside = 1 / (1 + Math.exp(Math.hypot(u - x, v - y) - radius));
      const ground = (slope[0]! * u + slope[1]! * v) / SIDE;
      out[b * 3 * SIDE * SIDE + i] = Math.fround(inside * colour[plane]! + (1 - inside) * ground + noise[i]!);
    }
  }
  return out;
}
