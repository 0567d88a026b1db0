import { laneCandidates } from '../candidates/lanes.js';
import type { Gpu } from '../device.js';
import { defineKernel, type CellWidth, type Kernel } from '../kernel.js';
import type { Lowering } from '../lowering.js';

/**
 * How many invocations share a row in the kernels that sum over channels (`lanes/memory.wgsl`).
 * @returns LANES (a power of two) and ROWS, the rows of one workgroup.
 */
export function laneConstants(channels: number): { readonly LANES: number; readonly ROWS: number } {
  return { LANES: channels >= 512 ? 64 : 32, ROWS: 4 };
}

/** Invocations of a workgroup that computes a whole picture. More would have few registers each. */
const PICTURE_INVOCATIONS = 512;

/** The same lanes with more rows, for kernels in which a workgroup computes a whole picture. The number of rows does not change any sum. */
export function pictureConstants({ device }: Gpu, channels: number): { readonly LANES: number; readonly ROWS: number } {
  const { LANES } = laneConstants(channels);
  return { LANES, ROWS: Math.floor(Math.min(PICTURE_INVOCATIONS, device.limits.maxComputeInvocationsPerWorkgroup) / LANES) };
}

/** Rows are read four channels at a time if their length is a multiple of four. */
export function cellsOf(channels: number): { readonly cells: number; readonly cell: CellWidth } {
  return channels % 4 === 0 ? { cells: channels / 4, cell: 4 } : { cells: channels, cell: 1 };
}

/** A kernel in the two ways to add over lanes. */
export interface LaneKernels<B extends string, U extends string> {
  readonly memory: Kernel<B, U>;
  readonly subgroups: Kernel<B, U>;
}

/** Declares a kernel that sums over lanes of one float, and finds its lane by `laneOf`. */
export function defineLaneKernels<const B extends string, const U extends string>(
  declaration: Parameters<typeof defineKernel<B, U>>[0],
): LaneKernels<B, U> {
  const including = (file: string) => [...(declaration.includes ?? []), 'lanes/lane1', 'lanes/sums', file];
  return {
    memory: defineKernel({ ...declaration, includes: including('lanes/memory') }),
    subgroups: defineKernel({ ...declaration, includes: including('lanes/subgroups'), enables: ['subgroups'] }),
  };
}

/** How a kernel adds over lanes: which of its two forms, and its constants. */
export interface Lanes {
  readonly form: keyof LaneKernels<string, string>;
  readonly constants: Readonly<Record<'LANES' | 'ROWS', number>> & { readonly SPAN?: number };
}

/** The fastest way on this adapter, as far as measured. The number of lanes decides the bits, and is the same for all. */
export function chooseLanes(
  lowering: Lowering,
  { what, rows, channels }: { readonly what: string; readonly rows: number; readonly channels: number },
  lowerAlone: (on: Lowering, lanes: Lanes) => void,
): Lanes {
  const { device, smallestSubgroup } = lowering.gpu;
  const { LANES } = laneConstants(channels);
  const all = laneCandidates(LANES, device.limits, smallestSubgroup > 0).map(({ name, rows: ROWS, subgroups }) => ({
    name,
    lanes: {
      form: subgroups ? 'subgroups' : 'memory',
      constants: { LANES, ROWS, ...(subgroups ? { SPAN: Math.min(LANES, smallestSubgroup) } : {}) },
    } satisfies Lanes,
  }));
  const key = `${what} rows<=${8 ** Math.ceil(Math.log(Math.max(1, rows)) / Math.log(8))} of ${channels}`;
  const candidates = () => all.map(({ name, lanes }) => ({ name, lower: (on: Lowering) => lowerAlone(on, lanes) }));
  const chosen = lowering.choose(key, candidates, { minor: true });
  const found = all.find(({ name }) => name === chosen) ?? all[0];
  if (!found) throw new Error(`${what}: this adapter's workgroups are smaller than a row's lanes`);
  return found.lanes;
}
