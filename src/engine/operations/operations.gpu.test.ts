import { test } from 'vitest';
import { testMachine } from '../../testing/machines/gpu.js';
import { expectOperationClose, OPERATION_CASES, type Forward } from '../../testing/machines/operations.js';
import { referenceMachine } from '../../testing/machines/reference-machine.js';

/** Few, since a software adapter spends most of its time compiling a shader for each shape. */
const SHAPES = 8;

test.each(Object.keys(OPERATION_CASES) as Forward[])(
  'the adapter agrees with the float64 reference in random shapes of %s',
  async (kind) => {
    const machine = await testMachine();
    const reference = referenceMachine();
    for (let seed = 0; seed < SHAPES; seed++) await expectOperationClose(kind, seed, machine, reference);
  },
);
