import { compileDispatches } from '../compile.js';
import type { Gpu } from '../device.js';
import { defineKernel, flatGrid } from '../kernel.js';
import { Lowering } from '../lowering.js';

const multiplyAdd = defineKernel({
  shader: 'probe/multiply-add',
  buffers: { out: 'write' },
  uniforms: { rounds: 'u32', x: 'f32', y: 'f32' },
});

const copy = defineKernel({
  shader: 'probe/copy',
  includes: ['common/grid'],
  buffers: { source: 'read', out: 'write' },
  uniforms: { length: 'u32' },
});

/** Enough work to fill any card several times; a software adapter takes a quarter of a second for less. */
const PROBE = {
  gpu: { invocations: 2 ** 18, rounds: 128, copied: 2 ** 26 },
  software: { invocations: 2 ** 12, rounds: 32, copied: 2 ** 24 },
} as const;
/** The multiply-adds of a round of an invocation: eight vectors of four, eight times. */
const MULTIPLY_ADDS = 256;
/** The fastest of this many runs counts, since other work on the machine only makes runs slower. */
const TURNS = 3;
const STEP = { seed: 0, number: 0, images: 1 };

/** The peak rates of an adapter, measured by kernels that do nothing else. */
export interface Peak {
  /** 10^12 floating-point operations a second in registers, a multiply-add counted as two. */
  readonly teraflops: number;
  /** 10^9 bytes a second of a copy, read and written bytes together. */
  readonly gigabytes: number;
}

export async function measurePeak(gpu: Gpu): Promise<Peak> {
  const { invocations, rounds, copied } = PROBE[gpu.adapter.kind === 'gpu' ? 'gpu' : 'software'];
  const bytes = Math.min(copied, gpu.device.limits.maxStorageBufferBindingSize);
  const lowering = new Lowering(gpu);
  lowering.dispatch(multiplyAdd, {
    label: 'multiply-add',
    buffers: { out: lowering.scratch('sums', invocations) },
    uniforms: { rounds, x: 0.999, y: 0.001 },
    grid: [invocations / 64, 1, 1],
  });
  const [source, out] = [lowering.scratch('source', bytes / 4), lowering.scratch('copy', bytes / 4)];
  lowering.dispatch(copy, {
    label: 'copy',
    buffers: { source, out },
    uniforms: { length: bytes / 16 },
    grid: flatGrid(bytes / 16, 64),
  });
  const commands = await compileDispatches(gpu, { label: 'peak', dispatched: lowering.dispatched, kept: [] });
  try {
    let [computed, moved] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let turn = 0; turn < TURNS; turn++) {
      computed = Math.min(computed, await commands.measure(STEP, 0, 1));
      moved = Math.min(moved, await commands.measure(STEP, 1, 2));
    }
    return {
      teraflops: (2 * MULTIPLY_ADDS * rounds * invocations) / computed / 1e9,
      gigabytes: (2 * bytes) / moved / 1e6,
    };
  } finally {
    commands.destroy();
  }
}
