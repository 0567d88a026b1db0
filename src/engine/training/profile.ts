import type { ProfileRow } from '../../protocol/api.js';
import type { OperationTime } from '../plan/machine.js';

/**
 * Where the time of a plan goes. Operations of the same name are added up over all blocks; those that take longest come first.
 * @param runs the times of whole runs, which are averaged.
 */
export function profileRows(runs: readonly (readonly OperationTime[])[]): ProfileRow[] {
  const sums = new Map<string, { kind: string; count: number; macs: number; milliseconds: number }>();
  let total = 0;
  for (const { kind, label, macs, milliseconds } of runs.flat()) {
    const name = label.replace(/blocks\.\d+\./, '');
    const sum = sums.get(name) ?? { kind, count: 0, macs: 0, milliseconds: 0 };
    sums.set(name, { kind, count: sum.count + 1, macs: sum.macs + macs, milliseconds: sum.milliseconds + milliseconds });
    total += milliseconds;
  }
  const rows = [...sums].map(([operation, { kind, count, macs, milliseconds }]): ProfileRow => ({
    operation,
    kind,
    count: count / runs.length,
    milliseconds: milliseconds / runs.length,
    gflops: macs > 0 ? (2 * macs) / milliseconds / 1e6 : null,
    share: milliseconds / total,
  }));
  return rows.sort((a, b) => b.milliseconds - a.milliseconds);
}
