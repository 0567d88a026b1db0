/** Other readers of outside input: golden files, runs, results, sweeps, links. */
import { byteSourceFromBytes } from '../../../src/containers/sources.js';
import { writeSafetensors } from '../../../src/containers/safetensors/safetensors.js';
import { readGoldenFile } from '../../../src/formats/golden.js';
import { readAdaptedMetadata } from '../../../src/formats/adapted/adapted.js';
import { hashOf, readHash } from '../../../src/store/link.js';
import { fakeRun } from '../../../src/testing/page/fake-api.js';
import { PAPER_RECIPE } from '../../../src/vit/configuration.js';
import { decodeLocal } from '../../../src/headless/runs/local.js';
import { decodeSweep } from '../../../src/headless/sweep/config.js';
import { pointsOf } from '../../../src/headless/sweep/points.js';
import { resultsText } from '../../../src/headless/sweep/results-file.js';
import { decodeResults } from '../../../src/worker/kept/shipped-runs.js';
import { decodeRecord, encodeRecord } from '../../../src/worker/kept/run-store.js';
import { decodeCheckpoint } from '../../../src/engine/training/checkpoint.js';
import type { FuzzedReader } from './types.js';

const tensor = (shape: readonly number[]): { shape: readonly number[]; data: Float32Array<ArrayBuffer> } => ({
  shape,
  data: new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(0.25),
});

/** The head of a golden file, whose reader refuses what is missing. */
function goldenFile(): Uint8Array {
  const about = {
    ...{ img: 8, patch: 4, dim: 8, depth: 1, heads: 2, classes: 2, batch: 1, method: 'none', lora: 0, adapter: 0, r: [0] },
    trainable: ['head.weight'],
  };
  return writeSafetensors(
    new Map([
      ['weights.head.weight', tensor([2, 8])],
      ['weights.head.bias', tensor([2])],
      ['input.images', tensor([1, 3, 8, 8])],
      ['input.labels', tensor([1])],
      ['expect.logits', tensor([1, 2])],
    ]),
    { case: JSON.stringify(about) },
  );
}

const RUN = encodeRecord(fakeRun('one', PAPER_RECIPE, 'finished', 2));
const decoder = new TextDecoder();
const encoder = new TextEncoder();

const SWEEP = {
  format: 'pyra-playground-sweep',
  version: 1,
  backbones: [{ path: 'vit.safetensors', heads: 3 }],
  tasks: [{ data: 'signs.zip', options: { task: 'digits' }, optional: true }, 'task:shapes'],
  methods: ['none', 'pyra'],
  peft: ['lora'],
  schedules: ['low', '3'],
  seeds: 2,
  recipe: 'paper',
  settings: { epochs: 2, batchSize: 8, imageSize: 48 },
  runs: [{ seeds: [7] }, { methods: ['tome'] }],
};

const LOCAL = {
  version: 1,
  backbone: { place: '/home/me/vit.safetensors', fingerprint: 'abc' },
  data: { place: '/home/me/signs', options: { task: 'digits' } },
};

export const REST: readonly FuzzedReader[] = [
  {
    name: 'golden.safetensors',
    seed: goldenFile(),
    read: async (bytes) => {
      await readGoldenFile(byteSourceFromBytes('golden.safetensors', bytes));
      return [];
    },
  },
  {
    name: 'run.json',
    seed: RUN,
    read: async (bytes) => {
      decodeRecord(bytes, 'run.json');
      return [];
    },
  },
  {
    name: 'checkpoint.safetensors',
    seed: writeSafetensors(new Map([['head.weight', tensor([2, 8])]]), { epoch: '1', record: decoder.decode(RUN) }),
    read: async (bytes) => {
      await decodeCheckpoint(byteSourceFromBytes('checkpoint.safetensors', bytes));
      return [];
    },
  },
  {
    name: 'adapted metadata',
    seed: encoder.encode(JSON.stringify({ version: 1, configuration: PAPER_RECIPE, classes: ['a'], schedule: [0] })),
    read: async (bytes) => {
      readAdaptedMetadata({ pyra_playground: decoder.decode(bytes) }, 'adapted.safetensors');
      return [];
    },
  },
  {
    name: 'sweep.json',
    seed: encoder.encode(JSON.stringify(SWEEP)),
    read: async (bytes) => {
      pointsOf(decodeSweep(decoder.decode(bytes), '/sweeps/sweep.json'), () => 48);
      return [];
    },
  },
  {
    name: 'local.json',
    seed: encoder.encode(JSON.stringify(LOCAL)),
    read: async (bytes) => {
      decodeLocal(decoder.decode(bytes));
      return [];
    },
  },
  {
    name: 'study/runs.json',
    seed: encoder.encode(resultsText([fakeRun('one', PAPER_RECIPE, 'finished', 1)], ['one'])),
    read: async (bytes) => {
      decodeResults(decoder.decode(bytes), 'study/runs.json');
      return [];
    },
  },
  {
    name: 'link',
    seed: encoder.encode(hashOf({ ...PAPER_RECIPE, heads: 3, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] })),
    read: async (bytes) => {
      const link = readHash(decoder.decode(bytes));
      // A configuration that was read from a link must make a link that can be read.
      if (link.kind === 'configuration') readHash(hashOf(link.configuration));
      return [];
    },
  },
];
