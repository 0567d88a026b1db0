import { describe, expect, it, vi } from 'vitest';
import { Fixtures } from '../../../testing/fixtures.js';
import { Bench } from '../../../testing/machines/bench.js';
import { ownMachine, testMachine } from '../../../testing/machines/gpu.js';
import { attention } from '../../operations/attention.js';
import { layerNorm } from '../../operations/layer-norm.js';
import { linear } from '../../operations/linear.js';
import type { Program } from '../../plan/machine.js';
import type { Tensor } from '../../plan/tensor.js';
import { WebGpuMachine } from './machine.js';

describe('a plan', () => {
  it('gives the same bits in one submission and in one for each dispatch, and learns its speed', async () => {
    const machine = await testMachine();
    const { gpu } = machine;
    const learn = vi.spyOn(gpu.throughput, 'learn');
    const shape = { images: 2, tokens: 5, heads: 3, headWidth: 4 };
    const dispatches = 4;
    /** The product of queries and keys and the one with the values, over all heads. */
    const macs = dispatches * 2 * shape.images * shape.heads * shape.tokens ** 2 * shape.headWidth;
    const run = async (macsPerSubmission: number): Promise<{ submissions: number; words: number[][] }> => {
      const bench = new Bench(machine);
      const outputs: Record<string, Tensor> = {};
      for (let i = 0; i < dispatches; i++) {
        const qkv = bench.input(`qkv ${i}`, new Fixtures(i).normal(2 * 5 * 3 * 3 * 4));
        outputs[i] = attention(bench.recorder, { label: `attention ${i}`, ...shape, qkv });
      }
      const limit = vi.spyOn(gpu.throughput, 'macsPerSubmission', 'get').mockReturnValue(macsPerSubmission);
      const submit = vi.spyOn(gpu.device.queue, 'submit');
      const results = await bench.run(outputs);
      const submissions = submit.mock.calls.length;
      limit.mockRestore();
      submit.mockRestore();
      return { submissions, words: Object.values(results).map(({ buffer }) => [...new Uint32Array(buffer)]) };
    };
    // The first run compiles the shader and rehearses it in a submission.
    await run(1e9);
    await gpu.device.queue.onSubmittedWorkDone();
    learn.mockClear();
    const whole = await run(1e9);
    const cut = await run(1);
    expect(cut.submissions - whole.submissions).toBe(dispatches - 1);
    expect(cut.words).toEqual(whole.words);
    await gpu.device.queue.onSubmittedWorkDone();
    expect(learn.mock.calls.map(([done]) => done)).toEqual([macs, macs]);
    for (const [, seconds] of learn.mock.calls) expect(seconds).toBeGreaterThan(0);
  });

  it('profiles the time of each operation, and gives the same bits afterwards', async () => {
    const machine = await testMachine();
    const shape = { images: 2, tokens: 5, heads: 3, headWidth: 4 };
    const qkv = new Fixtures(1).normal(2 * 5 * 3 * 3 * 4);
    const plan = await machine.compile({
      label: 'profiled',
      images: 2,
      record: (recorder) => {
        const out = attention(recorder, { label: 'one', ...shape, qkv: recorder.input('qkv', qkv.length, 'f32') });
        const more = attention(recorder, { label: 'two', ...shape, qkv: recorder.input('other', qkv.length, 'f32') });
        recorder.output('out', out);
        recorder.output('more', more);
      },
    });
    const given = {
      step: { seed: 0, number: 0, images: 2 },
      inputs: { qkv: Float32Array.from(qkv), other: Float32Array.from(qkv, (value) => 2 * value) },
    };
    const before = await plan.run({ ...given, read: ['out', 'more'] });
    const times = await plan.profile(given);
    const macs = 2 * 2 * 3 * 5 * 5 * 4;
    expect(times).toMatchObject([
      { kind: 'attention', label: 'one', macs },
      { kind: 'attention', label: 'two', macs },
    ]);
    for (const { milliseconds } of times) expect(milliseconds).toBeGreaterThan(0);
    expect(await plan.run({ ...given, read: ['out', 'more'] })).toEqual(before);
    plan.destroy();
  });

  it('frees its memory and says how much it needed if the device has no room', async () => {
    const machine = await testMachine();
    const { gpu } = machine;
    const bench = new Bench(machine);
    const qkv = bench.input('qkv', new Fixtures(1).normal(5 * 3 * 4));
    const out = attention(bench.recorder, { label: 'attention', images: 1, tokens: 5, heads: 1, headWidth: 4, qkv });
    const before = gpu.allocatedBytes;
    const pop = vi.spyOn(gpu.device, 'popErrorScope').mockResolvedValueOnce({ message: 'no room' });
    await expect(bench.run({ out })).rejects.toMatchObject({
      code: 'gpu.out-of-memory',
      message: expect.stringMatching(
        /^test: the GPU has no room for [\d.]+ MiB beside the [\d.]+ MiB in use; take a smaller batch/,
      ),
    });
    pop.mockRestore();
    expect(gpu.allocatedBytes).toBe(before);
    await bench.run({ out });
  });

  it('compiles each new pipeline once, and reports how many are ready', async () => {
    const machine = await ownMachine();
    const compile = vi.spyOn(machine.gpu.device, 'createComputePipelineAsync');
    const program: Program = {
      label: 'three normalisations',
      images: 1,
      record(recorder) {
        const [channels, rows] = [8, 5];
        const vector = (name: string, length: number): Tensor => recorder.input(name, length, 'f32');
        for (const index of [0, 1, 2]) {
          const [gamma, beta] = [vector(`gamma ${index}`, channels), vector(`beta ${index}`, channels)];
          const x = vector(`x ${index}`, rows * channels);
          const { y } = layerNorm(recorder, { label: `norm ${index}`, x, gamma, beta, channels, epsilon: 1e-6 });
          recorder.output(`y ${index}`, y);
        }
      },
    };
    const told: unknown[][] = [];
    const makePlan = async (): Promise<void> => (await machine.compile(program, (...words) => told.push(words))).destroy();
    await makePlan();
    const compiling = told.filter(([, , stage]) => stage === 'Compiling shaders');
    const total = compile.mock.calls.length;
    expect(total).toBe(1);
    expect(compiling.map(([done]) => done)).toEqual([0, 1]);
    expect(compiling.every(([, of]) => of === total)).toBe(true);
    told.length = 0;
    await makePlan();
    expect(told).toEqual([]);
    expect(compile).toHaveBeenCalledTimes(total);
    machine.destroy();
  });
});

describe('the time to measure kernels', () => {
  /** What three compilations, each with a choice of its own, let the tuner measure, where each search takes a second and a half. */
  async function searchesOf(firstSearch?: number) {
    const { gpu } = await testMachine();
    const machine = new WebGpuMachine(gpu, undefined, firstSearch);
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const search = vi.spyOn(machine.tuner, 'search').mockImplementation(() => {
      now += 1500;
      return Promise.resolve();
    });
    try {
      for (const columns of [4, 8, 12]) {
        const plan = await machine.compile({
          label: `of ${columns} columns`,
          images: 1,
          record: (recorder) => {
            const [a, weight] = [recorder.input('a', 8, 'f32'), recorder.input('weight', 4 * columns, 'f32')];
            recorder.output('out', linear(recorder, { label: 'product', a, weight, rows: 2, columns, depth: 4 }));
          },
        });
        plan.destroy();
      }
      return search.mock.calls.map(([milliseconds, { keys } = {}]) => ({ milliseconds, keys }));
    } finally {
      clock.mockRestore();
    }
  }
  const key = (columns: number): string => `linear forward rows<=8 ${columns}x4`;

  it('is two seconds for all compilations of a visit together, for what they choose', async () => {
    expect(await searchesOf()).toEqual([
      { milliseconds: 2000, keys: [key(4)] },
      { milliseconds: 500, keys: [key(8)] },
      { milliseconds: 0, keys: [key(12)] },
    ]);
  });

  it('is unlimited where a full search was asked for, which also continues earlier ones', async () => {
    const all = { milliseconds: Number.POSITIVE_INFINITY, keys: undefined };
    expect(await searchesOf(Number.POSITIVE_INFINITY)).toEqual([all, all, all]);
  });
});
