import { expect, test } from 'vitest';
import { testMachine } from '../../../../testing/machines/gpu.js';
import { BATCH, stateOn } from '../../../../testing/machines/small-network.js';
import { METHODS, reduces } from '../../../../vit/methods/index.js';
import { trainingProgram } from '../../../model/trainer.js';
import type { Kind } from '../../../plan/operation.js';
import { Recorder } from '../../../plan/record.js';
import { Lowering } from '../lowering.js';
import { lowerOperation } from './index.js';

const FORWARD: readonly Kind[] = ['match', 'drawPairs', 'merge'];
const BACKWARD: readonly Kind[] = ['mergeBackward'];

// The plan is recorded and lowered, and neither compiled nor given memory.
test.each(METHODS.filter(reduces))(
  '%s merges in at most three dispatches a block, and backward in at most four',
  async (method) => {
    const machine = await testMachine();
    const state = await stateOn(machine, { method, schedule: [12, 0] });
    const recorder = new Recorder();
    trainingProgram(state, BATCH).record(recorder, BATCH);
    const { operations } = recorder.finish();
    const dispatches = (kinds: readonly Kind[]): number => {
      const lowering = new Lowering(machine.gpu);
      for (const operation of operations) {
        if (kinds.includes(operation.definition.kind)) lowerOperation(lowering, operation);
      }
      return lowering.dispatched.length;
    };
    const [forward, backward] = [dispatches(FORWARD), dispatches(BACKWARD)];
    // A pairing and a merge at least: a block that does not merge would pass.
    expect(forward).toBeGreaterThanOrEqual(2);
    expect(forward).toBeLessThanOrEqual(3);
    expect(backward).toBeGreaterThanOrEqual(1);
    expect(backward).toBeLessThanOrEqual(4);
  },
);
