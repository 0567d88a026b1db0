import { expect, test } from 'vitest';
import { openModel } from '../../headless/inputs/inputs.js';
import { Terminal } from '../../headless/terminal.js';
import { testCpu } from '../../testing/machines/cpu.js';
import { BUNDLED, PAPER_RECIPE } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Machine } from '../plan/machine.js';
import { setUpRun } from '../training/setup.js';
import { createState } from './network.js';
import { createTrainer } from './trainer.js';

const silent = new Terminal({ write: () => undefined }, { write: () => undefined }, false);

/** A machine that has no room for plans of more bytes than this. */
function withRoomFor(machine: Machine, most: number, code: 'gpu.out-of-memory' | 'gpu.lost'): Machine {
  return {
    adapter: machine.adapter,
    lost: machine.lost,
    allocatedBytes: 0,
    storage: (options) => machine.storage(options),
    compile: (program, onProgress) =>
      machine.measure(program).bytes > most
        ? Promise.reject(new PlaygroundError(code, 'there is no room'))
        : machine.compile(program, onProgress),
    measure: (program) => machine.measure(program),
    idle: () => machine.idle(),
    destroy: () => machine.destroy(),
  };
}

test('without room for all activations, they are recomputed with the same bits; other failures are reported', async () => {
  const { architecture, reader } = await openModel(BUNDLED, silent);
  const machine = await testCpu('cpu-simd');
  const { options } = setUpRun({ ...PAPER_RECIPE, imageSize: 32, method: 'none', schedule: 'none' }, architecture, 3);
  const batch = { pixels: new Uint8Array(2 * 32 * 32 * 4).map((_, i) => (i * 73) % 251), labels: Uint32Array.of(0, 2), count: 2 };
  const rates = { number: 0, learningRate: 1e-3, pyraLearningRate: 1e-3, weightDecay: 0 };
  const state = await createState(machine, architecture, reader, options);
  const kept = await createTrainer(machine, state, 2);
  const expected = await kept.step(batch, rates);
  const short = withRoomFor(machine, kept.bytes - 1, 'gpu.out-of-memory');
  const again = await createTrainer(short, await createState(machine, architecture, reader, options), 2);
  expect(again.bytes).toBeLessThan(kept.bytes);
  expect(await again.step(batch, rates)).toEqual(expected);
  await expect(createTrainer(withRoomFor(machine, 0, 'gpu.out-of-memory'), state, 2)).rejects.toThrow('there is no room');
  await expect(createTrainer(withRoomFor(machine, kept.bytes - 1, 'gpu.lost'), state, 2)).rejects.toThrow('there is no room');
});
