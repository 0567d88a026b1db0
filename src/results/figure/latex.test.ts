import { expect, it } from 'vitest';
import { sketchRun } from '../../testing/page/run-records.js';
import { escapeLatex, latexTables, wordsLatex } from './latex.js';
import { pointsOf } from './points.js';

it('escapes text for LaTeX', () => {
  expect(escapeLatex('50 % of a_b & c, {x}')).toBe('50 \\% of a\\_b \\& c, \\{x\\}');
  expect(escapeLatex('±2 − 0–2 $3')).toBe('$\\pm$2 $-$ 0--2 \\$3');
});

it('has a row for each point with its interval and seeds, and the paired differences', () => {
  const records = [0, 1, 2].flatMap((seed) => [
    sketchRun({ configuration: { method: 'tome', schedule: 'high', seed }, accuracy: 0.5 + seed * 0.01 }),
    sketchRun({ configuration: { method: 'pyra', schedule: 'high', seed }, accuracy: 0.52 + seed * 0.01 }),
  ]);
  const text = latexTables(pointsOf(records, 'macs'), records, { measure: 'macs', block: null });
  // Three values 0.01 apart: t = 4.303 with two degrees of freedom, standard error 0.01 / sqrt 3.
  expect(text).toContain('PYRA & high & 0.0500 & 20 & 100 & 53.00 $\\pm$ 2.48 & 0--2 \\\\');
  expect(text).toContain('texture (drawn) & high & 3 & +2.00 & +2.00 to +2.00');
  expect(text).not.toMatch(/[& ]-\d/);
  expect(text.match(/\\begin\{table\}/g)).toHaveLength(2);
  expect(text.match(/&/g)?.length).toBe(6 + 2 * 6 + 8 + 8);
});

it('sets methods’ names as formulas and leaves a person’s underscores', () => {
  expect(wordsLatex('PYRA g_D high on my_data')).toBe('PYRA $g_{D}$ high on my\\_data');
});
