import { Linter } from 'eslint';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noClockWaits } from './no-clock-waits.js';

const root = join(import.meta.dirname, '../..');

/** The rule's messages for code in a test. */
function lint(code) {
  return new Linter({ cwd: root })
    .verify(
      code,
      [{ files: ['**/*.js'], plugins: { pyra: { rules: { waits: noClockWaits } } }, rules: { 'pyra/waits': 'error' } }],
      {
        filename: join(root, 'src/engine/session.test.js'),
      },
    )
    .map(({ message }) => message);
}

describe('waits on a clock', () => {
  it.each([
    'await new Promise((resolve) => setTimeout(resolve, 30));',
    'const pass = (ms) => new Promise((done) => setTimeout(done, ms));',
    'while (busy()) step(); await new Promise((resolve) => { setTimeout(resolve, 500); });',
    'while (busy()) await settled(() => new Promise((resolve) => setTimeout(resolve, 500)));',
  ])('are refused: %s', (code) => {
    expect(lint(code)).toEqual([expect.stringContaining('waits for what it expects')]);
  });

  it.each([
    'await page.waitForTimeout(500);',
    'await expect(button).toBeVisible({ timeout: 60_000 });',
    "it('takes its time', { timeout: 300_000 }, () => run());",
  ])('are refused, however long: %s', (code) => {
    expect(lint(code)).toEqual([expect.stringContaining('as long as it goes on')]);
  });

  it.each([
    'while (!done()) await new Promise((resolve) => setTimeout(resolve, 2));',
    'await new Promise((resolve) => setTimeout(resolve, 0));',
    'await new Promise((resolve) => setTimeout(resolve));',
    'setTimeout(() => answer(), 20);',
    'const entry = { timeout: 3 };',
  ])('are not what these are: %s', (code) => {
    expect(lint(code)).toEqual([]);
  });
});
