/** The candidates for sums over the channels of a row, which several invocations share: how many rows a workgroup has, and how they add. */
import type { WorkgroupLimits } from './product.js';

/** A candidate. Its name says all of it. */
export interface LaneCandidate {
  readonly name: string;
  /** Rows of a workgroup. */
  readonly rows: number;
  /** Whether the last steps of a sum go through subgroups (`lanes/subgroups.wgsl`), and not through workgroup memory. */
  readonly subgroups: boolean;
}

/** The first is the likeliest. */
const ROWS = [4, 8, 2, 1] as const;
/** WebGPU's largest subgroup. With as many invocations or a multiple, every subgroup of a workgroup is full. */
const LARGEST_SUBGROUP = 128;

/**
 * All candidates that a device can run, the likeliest first.
 * @param lanes the invocations of a row.
 * @param subgroups whether shaders can use subgroups.
 */
export function laneCandidates(
  lanes: number,
  limits: Pick<WorkgroupLimits, 'maxComputeInvocationsPerWorkgroup'>,
  subgroups: boolean,
): LaneCandidate[] {
  const fitting = ROWS.filter((rows) => rows * lanes <= limits.maxComputeInvocationsPerWorkgroup);
  const full = subgroups ? fitting.filter((rows) => (rows * lanes) % LARGEST_SUBGROUP === 0) : [];
  return [
    ...fitting.map((rows) => ({ name: `${rows} rows`, rows, subgroups: false })),
    ...full.map((rows) => ({ name: `${rows} rows by subgroups`, rows, subgroups: true })),
  ];
}
