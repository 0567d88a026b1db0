import { linear } from '../operations/linear.js';
import type { Machine, Program } from '../plan/machine.js';
import { viewOf } from '../plan/tensor.js';

/** A linear layer of ViT-S on eight pictures' tokens: rows of each, and its outputs and inputs. */
const PICTURES = 8;
const ROWS = 128;
const WIDTH = 384;
/** Long enough that handing over is small beside it. */
const LEAST_MILLISECONDS = 60;

/**
 * 10^9 floating-point operations a second of a product of matrices on this machine, all of it: what its network's linear layers can
 * reach at most. Takes a tenth of a second, and the compilation before it.
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
    // Both take effect after what was handed over before.
    await machine.idle();
  }
}
