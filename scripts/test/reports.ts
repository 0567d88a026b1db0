import { z } from 'zod';

/** What a stage came to. A skipped test is neither passed nor failed; a stage that ran nothing has failed. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
});

/** Counts of a report written by Vitest's `json` reporter. */
export function readVitestReport(json: string): Counts {
  const report = vitestReport.parse(JSON.parse(json));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
});

/** Counts of a report written by Playwright's `json` reporter; a test that passed only when repeated has failed. */
export function readPlaywrightReport(json: string): Counts {
  const { stats } = playwrightReport.parse(JSON.parse(json));
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
}

/**
 * The counts to add to the sum. What a runner counts is not all that can go wrong: a file that does not load or an error
 * outside any test only shows in the exit status, and a stage in which nothing ran must not look green.
 */
export function judge(counts: Counts | undefined, exitStatus: number | null): Counts {
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  const silentFailure = failed === 0 && (exitStatus !== 0 || passed === 0);
  return { passed, failed: silentFailure ? 1 : failed, skipped };
}
