import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const FOLDER = 'src/ui/styles';

/** Selectors that style what is inside an element by what else is inside it; by its next sibling is cheap, and allowed. */
const WIDE = /:has\((?!\s*\+)(?:[^()]|\([^()]*\))*\)[^{},]*[\s>+~][^{},\s][^{},]*(?=[{,])/g;

/** A browser styles everything inside such an element anew whenever something appears in it that may match: the whole page at a click. */
it('no style sheet styles the inside of an element by what else it has inside', () => {
  const sheets = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.css'));
  expect(sheets.length).toBeGreaterThan(5);
  const found = sheets.flatMap((path) => {
    const rules = readFileSync(`${FOLDER}/${path}`, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    return [...rules.matchAll(WIDE)].map(([selector]) => `${path}: ${selector.trim()}`);
  });
  expect(found).toEqual([]);
});

it.each([
  ['.app:has(.veil) .runs {', true],
  ['.column:has(.live[data-begun]) > .map {', true],
  ['html:has(#setup[data-shown] .run-panel) {', false],
  ['.veil ~ .columns .runs:has([data-asks]) {', false],
  ['.panel[data-training]:not(:has(.problem)) {', false],
  ['tr:has(+ .verdict) > * {', false],
])('%s: %s', (selector, wide) => {
  expect(selector.match(WIDE) !== null).toBe(wide);
});
