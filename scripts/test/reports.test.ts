import { describe, expect, it } from 'vitest';
import { judge, readPlaywrightReport, readVitestReport } from './reports.js';

describe('reports', () => {
  it("reads Vitest's counts", () => {
    const report = {
      numTotalTests: 9,
      numPassedTests: 5,
      numFailedTests: 2,
      numPendingTests: 1,
      numTodoTests: 1,
      success: false,
    };
    expect(readVitestReport(JSON.stringify(report))).toEqual({ passed: 5, failed: 2, skipped: 2 });
  });

  it("reads Playwright's counts, and counts a flaky test as failed", () => {
    const report = { suites: [], stats: { duration: 1, expected: 4, unexpected: 1, flaky: 2, skipped: 3 } };
    expect(readPlaywrightReport(JSON.stringify(report))).toEqual({ passed: 4, failed: 3, skipped: 3 });
  });

  it.each([
    ['all passed', { passed: 3, failed: 0, skipped: 0 }, 0, { passed: 3, failed: 0, skipped: 0 }],
    ['some failed', { passed: 3, failed: 2, skipped: 0 }, 1, { passed: 3, failed: 2, skipped: 0 }],
    ['a file did not load', { passed: 3, failed: 0, skipped: 0 }, 1, { passed: 3, failed: 1, skipped: 0 }],
    ['the runner was killed', { passed: 3, failed: 0, skipped: 0 }, null, { passed: 3, failed: 1, skipped: 0 }],
    ['every test was skipped', { passed: 0, failed: 0, skipped: 7 }, 0, { passed: 0, failed: 1, skipped: 7 }],
    ['no report', undefined, 1, { passed: 0, failed: 1, skipped: 0 }],
    ['no report and no complaint', undefined, 0, { passed: 0, failed: 1, skipped: 0 }],
  ])('judges: %s', (_, counts, status, expected) => {
    expect(judge(counts, status)).toEqual(expected);
  });
});
