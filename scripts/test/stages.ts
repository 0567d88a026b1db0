import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundAdapter } from '../system/adapters.js';
import { judge, readPlaywrightReport, readVitestReport, type Counts } from './reports.js';

export interface Stage {
  readonly name: string;
  run(): Counts;
}

interface Tool {
  /** The tool's own JavaScript, under node_modules. */
  readonly script: string;
  readonly options: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

function execute({ script, options, environment }: Tool): number | null {
  const child = spawnSync(process.execPath, [join('node_modules', script), ...options], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  return child.status;
}

/** A tool that checks the sources and counts as one test. */
function staticStage(name: string, tool: Tool): Stage {
  return {
    name,
    run: () => (execute(tool) === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }),
  };
}

/** A test runner that leaves its counts in the file `report`. */
function testStage(name: string, report: string, read: (json: string) => Counts, tool: Tool): Stage {
  return {
    name,
    run() {
      const status = execute(tool);
      return judge(existsSync(report) ? read(readFileSync(report, 'utf8')) : undefined, status);
    },
  };
}

function vitestStage(name: string, project: string, report: string, environment: Record<string, string> = {}): Stage {
  return testStage(name, report, readVitestReport, {
    script: 'vitest/vitest.mjs',
    options: ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    environment,
  });
}

/** The tests of the built page in one browser. */
function playwrightStage(project: string, report: string): Stage {
  return testStage(`e2e: ${project}`, report, readPlaywrightReport, {
    script: '@playwright/test/cli.js',
    options: ['test', `--project=${project}`, '--reporter=list,json'],
    environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  });
}

/** Everything that has to hold, cheapest first. `reports` is an empty folder for the runners' counts. */
export function allStages(adapters: readonly FoundAdapter[], reports: string): readonly Stage[] {
  // Without an adapter the stage still runs: its tests fail and say what is missing.
  const gpu = adapters.length > 0 ? adapters : [{ choice: 'auto', name: 'no adapter' } as const];
  return [
    staticStage('types', { script: 'typescript/bin/tsc', options: ['-p', '.'] }),
    staticStage('lint', { script: 'eslint/bin/eslint.js', options: ['.', '--max-warnings', '0'] }),
    staticStage('format', { script: 'prettier/bin/prettier.cjs', options: ['--check', '--log-level', 'warn', '.'] }),
    vitestStage('unit', 'unit', join(reports, 'unit.json')),
    ...gpu.map(({ choice, name }, index) =>
      vitestStage(`gpu: ${name}`, 'gpu', join(reports, `gpu-${index}.json`), { PYRA_ADAPTER: choice }),
    ),
    playwrightStage('chromium', join(reports, 'chromium.json')),
    playwrightStage('firefox', join(reports, 'firefox.json')),
  ];
}
