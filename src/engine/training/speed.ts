import { linear } from '../operations/linear.js';
import type { Machine, Program } from '../plan/machine.js';
import { viewOf } from '../plan/tensor.js';

/** The measured product: a linear layer of ViT-S, with WIDTH inputs and outputs, on PICTURES pictures of ROWS tokens. */
const PICTURES = 8;
const ROWS = 128;
const WIDTH = 384;
/** Long enough that the host's work for a run is small in comparison. */
const LEAST_MILLISECONDS = 60;

/**
 * Measures a product of matrices on the whole machine, in 10^9 floating-point operations a second, as an upper bound for the network's
 * linear layers. Takes about a tenth of a second after compiling.
 */
export async function measureProducts(machine: Machine): Promise<number> {
  const weight = machine.storage({ label: 'measured weight', role: 'frozen', type: 'f32', length: WIDTH * WIDTH });
  const program: Program = {
    label: 'product of matrices',
    images: PICTURES,
    record(recorder, images) {
      const a = recorder.input('a', images * ROWS * WIDTH, 'f32');
      const product = linear(recorder, {
        label: 'product',
        a,
        weight: viewOf(weight),
        rows: images * ROWS,
        columns: WIDTH,
        depth: WIDTH,
      });
      recorder.output('product', product);
    },
  };
  const plan = await machine.compile(program);
  try {
    const inputs = { a: new Float32Array(PICTURES * ROWS * WIDTH) };
    const run = (read: readonly string[]): Promise<unknown> =>
      plan.run({ step: { seed: 0, number: 0, images: PICTURES }, inputs, read });
    await run(['product']);
    for (let runs = 1; ; runs *= 2) {
      const began = performance.now();
      for (let index = 1; index < runs; index++) void run([]);
      await run([]);
      await machine.idle();
      const milliseconds = performance.now() - began;
      if (milliseconds >= LEAST_MILLISECONDS) return (2 * plan.macs * runs) / milliseconds / 1e6;
    }
  } finally {
    plan.destroy();
    weight.release();
    // The plan and the storage are freed after all queued runs.
    await machine.idle();
  }
}
