import type { VerifyReport } from '../../protocol/api.js';
import { counted, percent } from '../format.js';

/** The answer of all golden files: `Yes: all 354 tensors of 6 files are within their bounds, ...`. */
export function verdict(reports: readonly VerifyReport[], adapter: string): string {
  const rows = reports.flatMap((report) => report.rows);
  const over = rows.filter(({ passed }) => !passed).length;
  const files = counted(reports.length, 'file');
  if (over > 0) return `No: ${over} of ${counted(rows.length, 'tensor')} of ${files} are over the bound on ${adapter}.`;
  // Some must be exact: their bound is 0.
  const share = Math.max(0, ...rows.filter(({ bound }) => bound > 0).map(({ error, bound }) => error / bound));
  return `Yes: all ${counted(rows.length, 'tensor')} of ${files} are within their bounds on ${adapter}. The largest error is ${percent(share, 0)} of its bound.`;
}
