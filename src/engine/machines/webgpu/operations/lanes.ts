import type { Gpu } from '../device.js';
import type { CellWidth } from '../kernel.js';

/**
 * How many invocations share a row in the kernels that sum over channels (`common/lanes.wgsl`).
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
