import { describe, test } from 'vitest';
import { BUILDS, testCpu } from '../../testing/machines/cpu.js';
import { expectOperationClose, OPERATION_CASES, type Forward } from '../../testing/machines/operations.js';
import { referenceMachine } from '../../testing/machines/reference-machine.js';

const KINDS = Object.keys(OPERATION_CASES) as Forward[];

describe.each(BUILDS)('%s agrees with the float64 reference', (build) => {
  test.each(KINDS)('in 200 random shapes of %s', async (kind) => {
    const machine = await testCpu(build);
    const reference = referenceMachine();
    for (let seed = 0; seed < 200; seed++) await expectOperationClose(kind, seed, machine, reference);
  });
});
