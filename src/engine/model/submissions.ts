import type { Plan } from '../gpu/plan.js';

/**
 * Multiply-accumulates that an adapter surely does in a quarter of a second: 2 GMAC/s in software, 1 TMAC/s in hardware.
 * Windows ends a submission after about 2 s, and a page that shares the GPU stutters long before.
 */
const SUBMISSION_MACS = { software: 5e8, hardware: 2.5e11 };

export function cutSubmissions(plan: Plan): void {
  plan.macsPerSubmission = plan.gpu.adapter.hardware ? SUBMISSION_MACS.hardware : SUBMISSION_MACS.software;
}
