import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { forward } from '../../engine/reference/model.js';
import { expectClose } from '../../testing/numbers/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { smallModel } from '../../testing/small-model.js';
import { describeOnnx } from '../onnx/describe.js';
import { byteSourceFromBytes, writeSafetensors } from '../../containers/safetensors/safetensors.js';
import type { Checkpoint } from '../types.js';
import type { NamedTensor } from '../../containers/tensors.js';
import { loadWeights } from './weights.js';
import { classifierModel, type ClassifierOptions } from './classifier.js';
import { exportModel } from '../exports/index.js';

const [side, heads, batch, classes] = [12, 2, 3, 5];
const merges = [4, 3, 0];

function network(distilled: boolean): Map<string, { shape: number[]; data: Float64Array }> {
  const options = { seed: 8, channels: 10, hidden: 17, patch: 3, grid: 4, classes, rank: 0, adapterWidth: 0, r: [0, 0, 0] };
  return new Map(
    [...smallModel({ ...options, distilled })].map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: Float64Array.from(data) },
    ]),
  );
}

async function open(distilled: boolean, without: readonly string[] = [], config?: unknown): Promise<Checkpoint> {
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { shape, data }] of network(distilled)) {
    if (!without.includes(name)) tensors.set(name, { shape, data: Float32Array.from(data) });
  }
  const metadata = { num_heads: String(heads), mean: '0.5,0.5,0.5', std: '0.5,0.5,0.5' };
  const files = [byteSourceFromBytes('vit.safetensors', writeSafetensors(tensors, metadata))];
  if (config !== undefined) files.push(byteSourceFromBytes('config.json', new TextEncoder().encode(JSON.stringify(config))));
  const loaded = await loadWeights(files);
  return { ...loaded, architecture: loaded.architecture! };
}

const classifierOnnx = async (checkpoint: Checkpoint, options: ClassifierOptions) =>
  exportModel(await classifierModel(checkpoint, options), 'onnx');

describe('an unadapted classifier', () => {
  it.each([
    { schedule: 'none', distilled: false, r: [0, 0, 0] },
    { schedule: merges.join(','), distilled: false, r: merges },
    { schedule: merges.join(','), distilled: true, r: merges },
  ])('merges as ToMe, schedule $schedule, distilled $distilled', async ({ schedule, distilled, r }) => {
    const [file, ...others] = await classifierOnnx(await open(distilled), { imageSize: side, schedule });
    expect(others.map(({ name }) => name)).toEqual(['README.md']);
    const images = new Fixtures(9).normal(batch * 3 * side * side).map(Math.fround);
    const session = await InferenceSession.create(file!.bytes);
    const { logits } = await session.run({
      pixel_values: new Tensor('float32', Float32Array.from(images), [batch, 3, side, side]),
    });
    const expected = forward(
      network(distilled),
      { heads, method: 'tome', r, proportionalAttention: true, layerNormEpsilon: 1e-6, loss: 'prediction' },
      images,
      batch,
    );
    for (const { merge } of expected.blocks) if (merge) expect(Math.min(...merge.match.gap)).toBeGreaterThan(1e-5);
    // Float32 against float64; the promise of the export is 1e-4.
    expectClose('logits', Float64Array.from(logits!.data as Float32Array), expected.logits, 1e-5);
  });

  it('carries the labels of its configuration file, in order, where there is one for each class', async () => {
    const label = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [String(count - 1 - i), `label ${count - 1 - i}`]));
    const labelsOf = async (count: number): Promise<unknown> => {
      const config = { hidden_size: 10, num_attention_heads: heads, id2label: label(count) };
      const [file] = await classifierOnnx(await open(false, [], config), { imageSize: side, schedule: 'none' });
      return JSON.parse((await describeOnnx(byteSourceFromBytes('model.onnx', file!.bytes))).metadata['labels'] ?? '');
    };
    expect(await labelsOf(classes)).toEqual(['label 0', 'label 1', 'label 2', 'label 3', 'label 4']);
    expect(await labelsOf(classes - 1)).toEqual(['class 0', 'class 1', 'class 2', 'class 3', 'class 4']);
  });

  it('refuses what has no head, a size that patches do not fill, and a schedule that does not fit', async () => {
    const headless = await open(false, ['head.weight', 'head.bias']);
    await expect(classifierOnnx(headless, { imageSize: side, schedule: 'none' })).rejects.toThrow(
      "vit.safetensors: has no classification head, so it tells no classes apart; 'adapt' trains one",
    );
    const whole = await open(false);
    await expect(classifierOnnx(whole, { imageSize: 13, schedule: 'none' })).rejects.toThrow(
      '13 is no multiple of the patch size 3',
    );
    await expect(classifierOnnx(whole, { imageSize: side, schedule: '9,0,0' })).rejects.toMatchObject({
      code: 'schedule.invalid',
    });
  });
});
