import type { KernelRow } from '../../../protocol/benchmark/full.js';
import { attention } from '../../operations/attention.js';
import { layerNorm } from '../../operations/layer-norm.js';
import { linear } from '../../operations/linear.js';
import { match } from '../../operations/match.js';
import { merge } from '../../operations/merge.js';
import type { Machine, Program, Progress } from '../../plan/machine.js';
import { bytesOfOne, Recorder } from '../../plan/record.js';
import { Tape } from '../../plan/tape.js';
import type { Tensor } from '../../plan/tensor.js';
import { SIDE, type Model } from './shapes.js';

/** Attention, merging, a norm, and a norm before a product, of a block of 197 tokens, each as a program of its own. */
export function kernelPrograms({ embedDim: channels, heads, name }: Model, images: number): Program[] {
  const tokens = (SIDE / 16) ** 2 + 1;
  const headWidth = channels / heads;
  const r = 16;
  const rows = images * tokens;
  const qkvOf = (recorder: Recorder): Tensor => recorder.input('qkv', rows * 3 * channels, 'f32');
  const xOf = (recorder: Recorder): Tensor => recorder.input('x', rows * channels, 'f32');
  const program = (label: string, record: (recorder: Recorder) => void): Program => ({
    label: `${name} ${label}`,
    images,
    record,
  });
  return [
    program('attention', (recorder) => {
      const qkv = qkvOf(recorder);
      const out = attention(recorder, { label: 'attention', qkv, images, tokens, heads, headWidth });
      backward(recorder, out, qkv);
    }),
    program('merging', (recorder) => {
      const [qkv, x] = [qkvOf(recorder), xOf(recorder)];
      const shape = { images, tokens, r, protectedTokens: 1 };
      const found = match(recorder, { label: 'matching', qkv, heads, headWidth, ...shape });
      const { out } = merge(recorder, {
        ...{ label: 'merge', ...found, x, size: undefined, channels, ...shape },
        ...{ weight: 'size', modulation: null, weights: undefined },
      });
      backward(recorder, out, x);
    }),
    program('norm', (recorder) => {
      const x = xOf(recorder);
      const [gamma, beta] = [recorder.input('gamma', channels, 'f32'), recorder.input('beta', channels, 'f32')];
      const { y } = layerNorm(recorder, { label: 'norm', x, gamma, beta, channels, epsilon: 1e-6 });
      backward(recorder, y, x);
    }),
    program('norm and fc1', (recorder) => {
      const x = xOf(recorder);
      const [gamma, beta] = [recorder.input('gamma', channels, 'f32'), recorder.input('beta', channels, 'f32')];
      const weight = recorder.input('weight', 4 * channels * channels, 'f32');
      const { y } = layerNorm(recorder, { label: 'norm', x, gamma, beta, channels, epsilon: 1e-6 });
      recorder.output('out', linear(recorder, { label: 'fc1', a: y, weight, rows, columns: 4 * channels, depth: channels }));
    }),
  ];
}

function backward(recorder: Recorder, out: Tensor, learning: Tensor): void {
  const tape = new Tape(recorder, [learning]);
  tape.hand(out, recorder.input('gradient', out.length, 'f32'));
  tape.run(false);
  recorder.output('out', out);
  const gradient = tape.gradientOf(learning);
  if (gradient) recorder.output('gradient of the input', gradient);
}

/**
 * The time of each operation of a program by itself.
 * @param onProgress of the compilation.
 */
export async function measureKernels(
  machine: Machine,
  model: Model,
  program: Program,
  onProgress: Progress,
): Promise<KernelRow[]> {
  const recorder = new Recorder();
  program.record(recorder, program.images);
  const { operations, inputs } = recorder.finish();
  const plan = await machine.compile(program, onProgress);
  try {
    const given = [...inputs].map(([name, { length }]) => [name, numbers(length)] as const);
    const times = await plan.profile({
      step: { seed: 0, number: 0, images: program.images },
      inputs: Object.fromEntries(given),
    });
    return times.map(({ kind, label, macs, milliseconds }, index): KernelRow => {
      const operation = operations[index];
      return {
        ...{ section: 'kernel', model: model.name, operation: label, kind, milliseconds },
        teraflops: macs > 0 ? (2 * macs) / milliseconds / 1e9 : null,
        gigabytes: (operation ? bytesOfOne(operation) : 0) / milliseconds / 1e6,
      };
    });
  } finally {
    plan.destroy();
  }
}

/** Numbers spread evenly over -1 to 1. */
const numbers = (length: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, (_, i) => 2 * ((i * 0.61803398875) % 1) - 1);
