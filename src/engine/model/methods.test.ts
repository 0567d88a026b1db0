/** Tests that every method must pass. A new method is tested as soon as it is in the table. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../formats/onnx/export.js';
import type { AdaptedModel } from '../../formats/types.js';
import { GONE } from '../../protocol/maps.js';
import { adaptedModel } from '../../testing/adapted-model.js';
import { closeness } from '../../testing/numbers/closeness.js';
import { testCpu } from '../../testing/machines/cpu.js';
import { Fixtures } from '../../testing/fixtures.js';
import { smallModel } from '../../testing/small-model.js';
import { dot, mergedPair, norm } from '../../results/maps/pair.js';
import { patchColours, regionsAt } from '../../results/maps/regions.js';
import { protectedTokens } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import { METHODS, methodUnit, modulates, reduces, TRAINING_FREE, UNREDUCED, type Method } from '../../vit/methods/index.js';
import { followSchedule } from '../../vit/schedule.js';
import { forward, type Forward } from '../reference/model.js';
import { toWeights } from '../reference/weights.js';
import { createNetwork } from './network.js';
import type { BlockTrace, Network, NetworkOptions } from './types.js';

const [SIDE, PATCH, CHANNELS, HEADS, CLASSES, BATCH] = [24, 4, 32, 2, 3, 3];
const GRID = SIDE / PATCH;
/** The first blocks merge, one does not, and the last does again, so that sizes and sources must pass through the block without merging. */
const SCHEDULE = [9, 4, 0, 5];
const ZEROS = [0, 0, 0, 0];

interface Case {
  readonly method: Method;
  readonly distilled: boolean;
  readonly registers: number;
}

const IN_FRONT = [
  { distilled: false, registers: 0 },
  { distilled: true, registers: 0 },
  { distilled: false, registers: 4 },
];
const CASES = METHODS.flatMap((method) => IN_FRONT.map((tokens): Case => ({ method, ...tokens })));

/** A backbone with LoRA and adapter, the same for every method. No weight is near zero, and no scores nearly tie. */
function modelOf({ method, distilled, registers }: Case, schedule: readonly number[], seed = 3): AdaptedModel {
  const weights = smallModel({
    ...{ seed: 11, channels: CHANNELS, hidden: 64, patch: PATCH, grid: GRID, classes: CLASSES, distilled, registers },
    ...{ rank: 2, adapterWidth: 3, r: schedule },
  });
  const configuration = { method, peft: 'both', seed, dropout: 0.1, dropPath: 0.1 } as const;
  return adaptedModel({ weights, side: SIDE, patch: PATCH, heads: HEADS, classes: CLASSES, configuration, schedule });
}

async function networkOf({ metadata, backbone, trained }: AdaptedModel, fresh = false): Promise<Network> {
  const { configuration, architecture, classes, schedule, trainedPairs } = metadata;
  const { imageSize, method, loraRank, adapterWidth, proportionalAttention, dropout, dropPath, seed } = configuration;
  const options: NetworkOptions = {
    ...{ imageSize, method, loraRank, adapterWidth, proportionalAttention, dropout, dropPath, seed },
    ...{ schedule, trainedPairs, classes: classes.length },
  };
  const network = await createNetwork(await testCpu('cpu-simd'), architecture, backbone, options);
  if (!fresh) network.writeTrained(trained);
  return network;
}

const random = new Fixtures(5);
const pixels = Uint8Array.from(random.integers(BATCH * SIDE * SIDE * 4, 0, 255));
const picture = pixels.slice(0, SIDE * SIDE * 4);

async function logitsOf(model: AdaptedModel): Promise<Float32Array> {
  const network = await networkOf(model);
  const evaluator = await network.evaluator(BATCH);
  const logits = await evaluator.logits({ pixels, count: BATCH });
  evaluator.destroy();
  network.destroy();
  return logits;
}

async function traceOf(model: AdaptedModel) {
  const network = await networkOf(model);
  const tracer = await network.tracer();
  const traced = await tracer.trace(picture);
  tracer.destroy();
  network.destroy();
  return traced;
}

/** The float64 reference's results for the picture. */
async function referenceOf({ metadata, backbone, trained }: AdaptedModel): Promise<Forward> {
  const { configuration, architecture, schedule, trainedPairs } = metadata;
  const weights = new Map(trained);
  for (const name of backbone.names()) weights.set(name, await backbone.read(name));
  const { method, proportionalAttention, seed } = configuration;
  const { heads, layerNormEpsilon } = architecture;
  const merging = { method, seed, r: schedule, trainedPairs } as const;
  const config = { heads, layerNormEpsilon, proportionalAttention, loss: 'prediction', ...merging } as const;
  return forward(toWeights(weights), config, Float64Array.from(normalised(picture)), 1);
}

function scheduled({ method, ...tokens }: Case) {
  const inFront = protectedTokens(tokens);
  const shape = { tokens: GRID ** 2 + inFront, protectedTokens: inFront, depth: SCHEDULE.length };
  return followSchedule(reduces(method) ? SCHEDULE : ZEROS, shape);
}

describe.each(CASES)('$method, distilled: $distilled, registers: $registers', (about) => {
  it('is the plain network, bit for bit, with a schedule of zeros', async () => {
    expect(await logitsOf(modelOf(about, ZEROS))).toEqual(await logitsOf(modelOf({ ...about, method: UNREDUCED }, ZEROS)));
  });

  it('agrees with the float64 reference', async () => {
    const model = modelOf(about, SCHEDULE);
    const expected = await referenceOf(model);
    const { logits, blocks } = await traceOf(model);
    expect(closeness(logits, expected.logits).error).toBeLessThan(1e-5);
    // The reference's GONE is -1, which has the same bits.
    expect(blocks.map(({ source }) => [...source])).toEqual(
      expected.blocks.map(({ after }) => [...Uint32Array.from(after.source)]),
    );
  });

  it('leaves as many tokens as the schedule says, and each patch in one region or gone', async () => {
    const { blocks } = await traceOf(modelOf(about, SCHEDULE));
    expect(blocks.map(({ tokens }) => tokens)).toEqual(scheduled(about).tokens.slice(1));
    const inFront = protectedTokens(about);
    const map = { gridSide: GRID, imageSize: SIDE, protectedTokens: inFront, blocks, pixels: new Uint8ClampedArray(picture) };
    for (let position = 0; position <= blocks.length; position++) {
      const { members, row, tokens } = regionsAt(map, position, patchColours(map));
      const gone = [...row].flatMap((at, patch) => (at === GONE ? [patch] : []));
      const covered = [...members.values()]
        .flat()
        .concat(gone)
        .sort((a, b) => a - b);
      expect(covered).toEqual(Array.from({ length: GRID ** 2 }, (_, patch) => patch));
      // Every unprotected token has patches of its own, and as many patches are gone as the method drops.
      expect(members.size).toBe(tokens - inFront);
      if (methodUnit(about.method).reducer?.weight !== 'zero') expect(gone).toEqual([]);
      else expect(gone.length).toBe(GRID ** 2 - members.size);
    }
  });

  it('traces for every pair the values of its equations', async () => {
    const { blocks } = await traceOf(modelOf(about, SCHEDULE));
    const map = { gridSide: GRID, protectedTokens: protectedTokens(about), blocks, configuration: about };
    blocks.forEach(({ mergedRow }, index) => {
      const pairs = [...mergedRow.keys()].flatMap((rank) => mergedPair(map, index + 1, rank) ?? []);
      expect(pairs).toHaveLength(mergedRow.length);
      for (const { src, dst, similarity, modulation, dropped, merged, mergedSize, others } of pairs) {
        if (similarity !== null) expect(dot(src.key, dst.key) / (norm(src.key) * norm(dst.key))).toBeCloseTo(similarity, 5);
        const moved = modulation?.changed ?? src.values;
        const change = moved.map((value, c) => value - (src.values[c] ?? 0));
        if (modulation) expect(norm(change) / norm(src.values)).toBeCloseTo(modulation.strength, 5);
        if (others > 0) continue;
        const weight = dropped ? 0 : src.size;
        expect(mergedSize).toBe(weight + dst.size);
        const mean = dst.values.map((value, c) => (dst.size * value + weight * (moved[c] ?? 0)) / (dst.size + weight));
        expect(closeness(merged, mean).error).toBeLessThan(1e-5);
      }
    });
  });

  it('trains to the same bytes from the same seed', async () => {
    const trained = async (): Promise<Map<string, number[]>> => {
      const network = await networkOf(modelOf(about, SCHEDULE), true);
      const trainer = await network.trainer(BATCH);
      const rates = { learningRate: 0.01, pyraLearningRate: 0.01, weightDecay: 0.01 };
      for (let number = 0; number < 3; number++) {
        const { finite } = await trainer.step({ pixels, labels: Uint32Array.of(0, 1, 2), count: BATCH }, { ...rates, number });
        expect(finite).toBe(true);
      }
      const weights = await network.readTrained();
      trainer.destroy();
      network.destroy();
      return new Map([...weights].map(([name, { data }]) => [name, [...data]]));
    };
    const first = await trained();
    expect([...first.keys()].some((name) => name.includes('pyra'))).toBe(methodUnit(about.method).weights.length > 0);
    expect(await trained()).toEqual(first);
  });

  it('is the same network as ONNX, or is refused by name', async () => {
    const model = modelOf(about, SCHEDULE);
    const bytes = await exportOnnx(model, { includeMaps: true }).catch((thrown: unknown) => {
      if (thrown instanceof PlaygroundError && thrown.code === 'option.invalid') return thrown.message;
      throw thrown;
    });
    if (typeof bytes === 'string') {
      expect(bytes).toContain(`'${about.method}'`);
      return;
    }
    const { logits, blocks } = await traceOf(model);
    const session = await InferenceSession.create(bytes);
    const results = await session.run({ pixel_values: new Tensor('float32', normalised(picture), [1, 3, SIDE, SIDE]) });
    // The two float32 networks take sums in different orders.
    expect(closeness(logits, Float32Array.from(results['logits']!.data, Number)).error).toBeLessThan(1e-4);
    for (const [block, { source, mergedRow }] of blocks.entries()) {
      if (mergedRow.length === 0) continue;
      const theirs = Array.from(results[`source_${block}`]!.data, Number);
      source.forEach((row, token) => row === GONE || expect(theirs[token]).toBe(row));
    }
  });
});

describe.each(CASES.filter(({ method }) => modulates(method)))(
  '$method at a rate that it was not trained at, distilled: $distilled, registers: $registers',
  (about) => {
    /** As in `evaluate --schedules`: the first pairs of each block were trained, and the rows of the others are 0. */
    function withTrained(trainedPairs: readonly number[]): AdaptedModel {
      const model = modelOf(about, SCHEDULE);
      const trained = new Map(model.trained);
      for (const [block, count] of trainedPairs.entries()) {
        const name = `blocks.${block}.pyra_a`;
        const rows = trained.get(name);
        if (rows) trained.set(name, { ...rows, data: rows.data.map((value, row) => (row < count ? value : 0)) });
      }
      return { ...model, trained, metadata: { ...model.metadata, trainedPairs } };
    }

    it('merges the pairs that were never trained as ToMe does, bit for bit', async () => {
      const channels = CHANNELS;
      const [first] = (await traceOf(withTrained([4, 0, 0, 5]))).blocks;
      const [tome] = (await traceOf(modelOf({ ...about, method: TRAINING_FREE }, SCHEDULE))).blocks;
      if (!first || !tome) throw new Error('no block was traced');
      const modulated = new Set(first.keptRow.subarray(0, 4));
      const merged = ({ pairTokens }: BlockTrace, pair: number) => [
        ...pairTokens.subarray((3 * pair + 2) * channels, (3 * pair + 3) * channels),
      ];
      const plain = [4, 5, 6, 7, 8].filter((pair) => !modulated.has(first.keptRow[pair] ?? 0));
      expect(plain.length).toBeGreaterThan(0);
      for (const pair of plain) expect(merged(first, pair)).toEqual(merged(tome, pair));
      expect(merged(first, 0)).not.toEqual(merged(tome, 0));
      expect([...first.modulationStrength.subarray(4)]).toEqual([0, 0, 0, 0, 0]);
      expect(await logitsOf(withTrained(ZEROS))).toEqual(await logitsOf(modelOf({ ...about, method: TRAINING_FREE }, SCHEDULE)));
    });

    it('is the same network in float64 and as ONNX', async () => {
      const model = withTrained([4, 0, 0, 3]);
      const { logits } = await traceOf(model);
      expect(closeness(logits, (await referenceOf(model)).logits).error).toBeLessThan(1e-5);
      const session = await InferenceSession.create(await exportOnnx(model, { includeMaps: true }));
      const results = await session.run({ pixel_values: new Tensor('float32', normalised(picture), [1, 3, SIDE, SIDE]) });
      expect(closeness(logits, Float32Array.from(results['logits']!.data, Number)).error).toBeLessThan(1e-4);
    });
  },
);

/** RGBA bytes to [3, S, S] floats, with mean and deviation 0.5. */
function normalised(rgba: Uint8Array): Float32Array {
  return Float32Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
    const [channel, at] = [Math.floor(i / (SIDE * SIDE)), i % (SIDE * SIDE)];
    return ((rgba[4 * at + channel] ?? 0) / 255 - 0.5) / 0.5;
  });
}
