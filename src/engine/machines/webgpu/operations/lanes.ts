import type { Gpu } from '../device.js';
import type { CellWidth } from '../kernel.js';

/**
 * How many invocations share one row in the kernels that reduce over channels (`common/lanes.wgsl`). A software adapter
 * runs a workgroup's invocations one after the other and pays for every barrier, so there a row is one invocation's.
 * @returns LANES (a power of two) and ROWS, the rows of one workgroup.
 */
export function laneConstants(gpu: Gpu, channels: number): { readonly LANES: number; readonly ROWS: number } {
  if (gpu.adapter.kind !== 'gpu') return { LANES: 1, ROWS: 64 };
  const lanes = channels >= 512 ? 64 : 32;
  return { LANES: lanes, ROWS: 256 / lanes > 4 ? 4 : 256 / lanes };
}

/** Rows are read four channels at a time where they are whole multiples of four. */
export function cellsOf(channels: number): { readonly cells: number; readonly cell: CellWidth } {
  return channels % 4 === 0 ? { cells: channels / 4, cell: 4 } : { cells: channels, cell: 1 };
}
