import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundAdapter } from '../system/adapters.js';
import { judge, readPlaywrightReport, readVitestReport, type Counts } from './reports.js';

export interface Stage {
  readonly name: string;
  /** @param onOutput receives the output. */
  readonly run: (onOutput: (text: string) => void) => Promise<Counts>;
}

interface Tool {
  /** The tool's script, a path in node_modules. */
  readonly script: string;
  readonly options: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a tool. Resolves to its exit status, or null if a signal ended it. */
function execute({ script, options, environment }: Tool, onOutput: (text: string) => void): Promise<number | null> {
  const child = spawn(process.execPath, [join('node_modules', script), ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onOutput);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

/** A stage with a tool that checks the sources, which counts as one test. */
function staticStage(name: string, tool: Tool): Stage {
  return {
    name,
    run: async (onOutput) => {
      const passed = (await execute(tool, onOutput)) === 0;
      return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
    },
  };
}

/** A stage with a test runner, which writes its counts to the file `report`. */
function testStage(name: string, report: string, read: (json: string) => Counts, tool: Tool): Stage {
  return {
    name,
    run: async (onOutput) => {
      const status = await execute(tool, onOutput);
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

/** The tests of the built page, in all browsers. */
function playwrightStage(report: string): Stage {
  const tool = {
    script: '@playwright/test/cli.js',
    options: ['test', '--reporter=list,json'],
    environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  };
  return testStage('browsers', report, readPlaywrightReport, tool);
}

/**
 * All stages of `npm test`, the longest chain first, so that it is not the last one left running. The stages of a chain take turns.
 * @param reports an empty folder for the runners' counts.
 */
export function allStages(adapters: readonly FoundAdapter[], reports: string): readonly (readonly Stage[])[] {
  // Without an adapter the stage runs too: its tests fail and say what is missing.
  const gpu = adapters.length > 0 ? adapters : [{ choice: 'auto', name: 'no adapter' } as const];
  const onAdapters = gpu.map(({ choice, name }, index) => {
    // What is made of kernels is tested on one adapter, the first: the fastest.
    const project = index === 0 ? '*gpu' : 'gpu';
    return vitestStage(`gpu: ${name}`, project, join(reports, `gpu-${index}.json`), { PYRA_ADAPTER: choice });
  });
  return [
    [playwrightStage(join(reports, 'browsers.json'))],
    onAdapters,
    [
      staticStage('types', { script: 'typescript/bin/tsc', options: ['-p', '.'] }),
      vitestStage('unit', 'unit', join(reports, 'unit.json')),
    ],
    [
      staticStage('lint', { script: 'eslint/bin/eslint.js', options: ['.', '--max-warnings', '0'] }),
      staticStage('format', { script: 'prettier/bin/prettier.cjs', options: ['--check', '--log-level', 'warn', '.'] }),
    ],
  ];
}
