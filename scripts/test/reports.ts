import { z } from 'zod';

/** The counts of a stage. A skipped test is neither passed nor failed. */
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

/** The counts in a report of Vitest's `json` reporter. */
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

/** The counts in a report of Playwright's `json` reporter. A test that passed only when repeated counts as failed. */
export function readPlaywrightReport(json: string): Counts {
  const { stats } = playwrightReport.parse(JSON.parse(json));
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
}

/**
 * A stage's counts for the sum. A file that does not load and an error outside tests are not counted by the runner, only shown in its exit
 * status; and a stage in which no test ran must not look like a success. Both add a failure.
 */
export function judge(counts: Counts | undefined, exitStatus: number | null): Counts {
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  const silentFailure = failed === 0 && (exitStatus !== 0 || passed === 0);
  return { passed, failed: silentFailure ? 1 : failed, skipped };
}
