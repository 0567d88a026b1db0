import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { forward, type ModelConfig } from '../../engine/reference/model.js';
import type { Method } from '../../vit/methods/index.js';
import { adaptedModel, goldenModel } from '../../testing/adapted-model.js';
import { expectClose } from '../../testing/numbers/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { GOLDEN_NAMES, readGolden } from '../../testing/golden.js';
import { smallModel, type SmallModelOptions } from '../../testing/small-model.js';
import type { AdaptedModel } from '../types.js';
import { exportOnnx } from './export.js';

/**
 * onnxruntime computes in float32: PyTorch's own float32 run is within 1e-6 of these numbers, and a runtime that fuses and orders its
 * sums in another way stays within a few times that. The promise is 1e-4.
 */
const FLOAT32_RUNTIME = 1e-5;

async function run(
  model: AdaptedModel,
  images: ArrayLike<number>,
  batch: number,
  includeMaps = true,
): Promise<ReadonlyMap<string, Float64Array>> {
  const session = await InferenceSession.create(await exportOnnx(model, { includeMaps }));
  const side = model.metadata.configuration.imageSize;
  const results = await session.run({ pixel_values: new Tensor('float32', Float32Array.from(images), [batch, 3, side, side]) });
  const values = new Map<string, Float64Array>();
  for (const [name, { data }] of Object.entries(results)) {
    if (data instanceof Float32Array || data instanceof BigInt64Array) values.set(name, Float64Array.from(data, Number));
  }
  return values;
}

describe('in onnxruntime, the exported model', () => {
  it.each(GOLDEN_NAMES)('gives the authors numbers and merges: %s', async (name) => {
    const golden = await readGolden(name);
    const found = await run(goldenModel(golden), golden.images, golden.case.batch);
    expectClose('logits', found.get('logits')!, golden.expected('logits').data, FLOAT32_RUNTIME);
    // Without maps the last block is computed for the heads' tokens alone.
    const alone = await run(goldenModel(golden), golden.images, golden.case.batch, false);
    expectClose('logits alone', alone.get('logits')!, golden.expected('logits').data, FLOAT32_RUNTIME);
    golden.case.r.forEach((r, block) => {
      const map = found.get(`source_${block}`);
      if (r === 0) expect(map).toBeUndefined();
      else expect([...map!]).toEqual([...golden.expected(`blocks.${block}.merge.source`).data]);
    });
  });

  it.each<{ about: string; model: Partial<SmallModelOptions>; method: Method; side?: number; proportional?: boolean }>([
    { about: 'no merging, adapter', model: { rank: 0 }, method: 'none' },
    { about: 'ToMe, LoRA and adapter, on a larger grid', model: {}, method: 'tome', side: 15 },
    { about: 'PYRA, adapter', model: { rank: 0 }, method: 'pyra' },
    {
      about: 'PYRA, LoRA and adapter, distilled, on a smaller grid',
      model: { distilled: true, r: [2, 1, 1] },
      method: 'pyra',
      side: 9,
    },
    { about: 'PYRA without the proportional bias', model: {}, method: 'pyra', proportional: false },
    { about: 'channels alone', model: { adapterWidth: 0 }, method: 'pyra-channels' },
    { about: 'pairs alone, distilled', model: { distilled: true }, method: 'pyra-pairs' },
    { about: 'all that can merge, an even count of tokens', model: { grid: 3, r: [4, 2, 1] }, method: 'pyra', side: 9 },
    {
      about: 'all that can merge, an odd count, distilled',
      model: { grid: 3, distilled: true, r: [4, 2, 1] },
      method: 'pyra',
      side: 9,
    },
    { about: 'nothing merges in the first block', model: { r: [0, 3, 0] }, method: 'pyra' },
  ])('agrees with the float64 reference: $about', async ({ model, method, side = 12, proportional = true }) => {
    const options = {
      ...{ seed: 21, channels: 10, hidden: 17, patch: 3, grid: 4, classes: 5, distilled: false, rank: 3, adapterWidth: 7 },
      ...{ r: [5, 3, 2], ...model },
    };
    const heads = 2;
    const weights = smallModel(options);
    const config: ModelConfig = {
      ...{ heads, method, r: options.r, proportionalAttention: proportional, layerNormEpsilon: 1e-6, loss: 'prediction' },
    };
    const adapted = adaptedModel({
      ...{ weights, side, patch: options.patch, heads, classes: options.classes, schedule: options.r },
      configuration: { method, proportionalAttention: proportional },
    });
    const batch = 3;
    const images = new Fixtures(22).normal(batch * 3 * side * side).map(Math.fround);
    const expected = forward(weights, config, images, batch);
    const found = await run(adapted, images, batch);
    for (const { merge } of expected.blocks) {
      // Merges are compared, so the reference must not depend on a difference that float32 cannot represent.
      if (merge) expect(Math.min(...merge.match.gap)).toBeGreaterThan(1e-5);
    }
    expectClose('logits', found.get('logits')!, expected.logits, FLOAT32_RUNTIME);
    const alone = await run(adapted, images, batch, false);
    expectClose('logits alone', alone.get('logits')!, expected.logits, FLOAT32_RUNTIME);
    const merging = expected.blocks.flatMap((block, i) => (block.merge ? [i] : []));
    expect([...found.keys()]).toEqual(['logits', ...merging.map((i) => `source_${i}`)]);
    for (const i of merging) expect([...found.get(`source_${i}`)!], `block ${i}`).toEqual([...expected.blocks[i]!.after.source]);
  });

  it('takes any batch', async () => {
    const golden = await readGolden('pyra_lora');
    const one = golden.images.subarray(0, golden.images.length / golden.case.batch);
    const seven = Float64Array.from({ length: 7 * one.length }, (_, i) => one[i % one.length]!);
    const expected = golden.expected('logits').data.slice(0, golden.case.classes);
    const model = goldenModel(golden);
    expectClose('one', (await run(model, one, 1)).get('logits')!, expected, FLOAT32_RUNTIME);
    const all = (await run(model, seven, 7)).get('logits')!;
    for (let b = 0; b < 7; b++) {
      expectClose(`image ${b}`, all.subarray(b * expected.length, (b + 1) * expected.length), expected, FLOAT32_RUNTIME);
    }
  });
});

describe('exportOnnx', () => {
  it('has one output where no maps are asked for', async () => {
    const session = await InferenceSession.create(await exportOnnx(goldenModel(await readGolden('pyra_adapter'))));
    expect(session.inputNames).toEqual(['pixel_values']);
    expect(session.outputNames).toEqual(['logits']);
  });

  it('carries labels, normalisation and image size in the metadata', async () => {
    const model = goldenModel(await readGolden('pyra_lora'));
    const bytes = Buffer.from(
      await exportOnnx({ ...model, metadata: { ...model.metadata, classes: [...'a b c d e f g h i'.split(' '), 'é "x"'] } }),
    );
    // StringStringEntryProto: key (field 1), then value (field 2), each with its length in one byte.
    const entry = (key: string, value: string): Buffer => {
      const [k, v] = [Buffer.from(key), Buffer.from(value)];
      return Buffer.concat([Buffer.of(0x0a, k.length), k, Buffer.of(0x12, v.length), v]);
    };
    expect(bytes.includes(entry('labels', String.raw`["a","b","c","d","e","f","g","h","i","é \"x\""]`))).toBe(true);
    expect(bytes.includes(entry('mean', '[0.5,0.5,0.5]'))).toBe(true);
    expect(bytes.includes(entry('std', '[0.5,0.5,0.5]'))).toBe(true);
    expect(bytes.includes(entry('image_size', '48'))).toBe(true);
    expect(bytes.includes(entry('schedule', '[8,6,5,2]'))).toBe(true);
  });

  it('refuses a schedule that the image size has no tokens for, naming the block', async () => {
    const model = goldenModel(await readGolden('pyra_lora'));
    const configuration = { ...model.metadata.configuration, imageSize: 16 };
    await expect(exportOnnx({ ...model, metadata: { ...model.metadata, configuration } })).rejects.toThrow(
      'schedule: block 0 would merge 8 tokens, but of its 5 tokens at most 2 can merge',
    );
  });

  it('names a tensor of the wrong shape', async () => {
    const model = goldenModel(await readGolden('pyra_lora'));
    const trained = new Map(model.trained).set('blocks.1.pyra_a', { shape: [5, 1], data: new Float32Array(5) });
    await expect(exportOnnx({ ...model, trained })).rejects.toThrow('blocks.1.pyra_a: has the shape [5, 1], expected [1, 6]');
  });
});
