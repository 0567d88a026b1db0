/**
 * Measures the CPU machine against onnxruntime, native and in WebAssembly, on this project's own ONNX export of the same network of
 * random weights, in Node, with the same number of threads; and against itself: training's GFLOP/s over the forward's, all threads
 * over one, and merging's speed-up over what its multiply-accumulates promise. Pairs take turns, so that what else the machine does
 * disturbs both; ratios above 1 are the CPU machine's gain.
 *
 *   npm run peers -- [--model-size ti,s] [--batch 8] [--seconds 10] [--threads N] [--only web,native,training,threads,low,high]
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import type { CpuMachine } from '../../src/engine/machines/cpu/machine.js';
import { createNetwork } from '../../src/engine/model/network.js';
import { setUpRun } from '../../src/engine/training/setup.js';
import { openCpu } from '../../src/headless/machine/cpu.js';
import { PAPER_RECIPE } from '../../src/vit/configuration.js';
import { CLASSES, onnxOf, randomBackbone, type SHAPES, type BackboneParts } from './backbone.js';
import { HEAD, ratiosOf, rowLine, spreadOf, type Side } from './pairs.js';

const SIDE = 224;
const LEAST_PAIRS = 5;
const REST_MS = 50;
const PARTS = ['web', 'native', 'training', 'threads', 'low', 'high'] as const;
const BUILDS = ['cpu-relaxed', 'cpu-simd'] as const;
const RATES = { learningRate: 1e-4, pyraLearningRate: 1e-4, weightDecay: 0 };

const { values } = parseArgs({
  options: {
    'model-size': { type: 'string', default: 'ti,s' },
    batch: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '10' },
    threads: { type: 'string', default: String(availableParallelism()) },
    only: { type: 'string', default: PARTS.join(',') },
  },
});
const sizes = chosen('model-size', values['model-size'], ['ti', 's', 'b']);
const parts = chosen('only', values.only, PARTS);
const [batch, threads] = [whole('batch', values.batch), whole('threads', values.threads)];
const seconds = Number(values.seconds);
if (!(seconds >= 0)) throw new Error(`--seconds: '${values.seconds}' is no number from 0`);

function chosen<Name extends string>(option: string, text: string, names: readonly Name[]): Name[] {
  return text.split(',').map((word) => {
    const name = names.find((one) => one === word);
    if (!name) throw new Error(`--${option}: '${word}' is none of ${names.join(', ')}`);
    return name;
  });
}

function whole(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${option}: '${text}' is no whole number from 1`);
  return number;
}

const pixels = new Uint8Array(batch * SIDE * SIDE * 4).map((_, i) => (i * 73) % 251);
const picture = Float32Array.from({ length: batch * 3 * SIDE * SIDE }, (_, i) => ((i * 73) % 251) / 125 - 1);
const labels = Uint32Array.from({ length: batch }, (_, i) => i % CLASSES);

interface Own extends Side {
  readonly macs: number;
}

/** Forwards of a network on the CPU machine, or training steps. */
async function own(
  machine: CpuMachine,
  { architecture, backbone }: BackboneParts,
  schedule: string,
  train = false,
): Promise<Own> {
  const method = schedule === 'none' ? 'none' : 'pyra';
  const setup = setUpRun({ ...PAPER_RECIPE, imageSize: SIDE, method, schedule }, architecture, CLASSES);
  const network = await createNetwork(machine, architecture, backbone, setup.options);
  if (train) {
    const trainer = await network.trainer(batch);
    let number = 0;
    return { macs: trainer.macs, run: () => trainer.step({ pixels, labels, count: batch }, { ...RATES, number: number++ }) };
  }
  const evaluator = await network.evaluator(batch);
  return { macs: evaluator.macs, run: () => evaluator.logits({ pixels, count: batch }) };
}

async function peers(parts: BackboneParts): Promise<{ readonly web: Side; readonly native: Side }> {
  const schedule = new Array<number>(parts.architecture.depth).fill(0);
  const bytes = await onnxOf(parts, { imageSize: SIDE, method: 'none', text: 'none', schedule });
  const dims = [batch, 3, SIDE, SIDE];
  web.env.wasm.numThreads = threads;
  const inWasm = await web.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const inNode = await native.InferenceSession.create(bytes, { intraOpNumThreads: threads });
  return {
    web: { run: () => inWasm.run({ pixel_values: new web.Tensor('float32', picture, dims) }) },
    native: { run: () => inNode.run({ pixel_values: new native.Tensor('float32', picture, dims) }) },
  };
}

async function measure(size: keyof typeof SHAPES): Promise<void> {
  const backbone = randomBackbone(size);
  const model = `ViT-${{ ti: 'Ti', s: 'S', b: 'B' }[size]}/16`;
  const others = await peers(backbone);
  for (const build of BUILDS) {
    const machine = await openCpu(threads, build);
    if (machine.build !== build) throw new Error(`${build}: this host has no such build`);
    const forward = await own(machine, backbone, 'none');
    const pair = async (what: string, first: Side, second: Side, scale = 1): Promise<void> => {
      const rest = (): Promise<void> => setTimeout(REST_MS);
      const now = performance.now.bind(performance);
      const ratios = await ratiosOf(first, second, { seconds, leastPairs: LEAST_PAIRS, now, rest });
      const spread = spreadOf(ratios.map((ratio) => ratio * scale));
      console.log(rowLine({ model, host: `Node ${process.versions.node}`, build, what, spread }));
    };
    const measured: Readonly<Record<(typeof PARTS)[number], () => Promise<void>>> = {
      web: () => pair('forward over onnxruntime-web', forward, others.web),
      native: () => pair('forward over onnxruntime-node', forward, others.native),
      training: async () => {
        const training = await own(machine, backbone, 'none', true);
        await pair("training's GFLOP/s over the forward's", training, forward, training.macs / forward.macs);
      },
      threads: async () => {
        const single = await openCpu(1, build);
        await pair(`${threads} threads over one`, forward, await own(single, backbone, 'none'));
        single.destroy();
      },
      low: () => promise('low'),
      high: () => promise('high'),
    };
    const promise = async (schedule: string): Promise<void> => {
      const merging = await own(machine, backbone, schedule);
      await pair(`${schedule}'s speed-up over its promise`, merging, forward, merging.macs / forward.macs);
    };
    for (const part of parts) await measured[part]();
    machine.destroy();
  }
}

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores; ${threads} threads, batch ${batch}, ${SIDE} pixels`,
);
console.log(
  `onnxruntime-web ${web.env.versions.web ?? ''}, onnxruntime-node ${native.env.versions.node ?? ''}; load ${loadavg()[0]?.toFixed(1) ?? ''}`,
);
console.log(`\n${HEAD.join('\n')}`);
for (const size of sizes) await measure(size);
// The peers' threads would hold the process.
process.exit();
