import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { wordsHtml } from '../results/words/set-words.js';
import { PEFTS, wayOf } from './adapters/index.js';
import { METHODS, methodUnit } from './methods/index.js';
import type { OptionDescription } from './options.js';
import { UNIT_OPTIONS } from './unit-options.js';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

function rangeOf(option: OptionDescription): string {
  if (option.kind === 'switch') return option.initial ? 'on' : 'off';
  return `${option.initial ?? 'the common rate'} (${option.least} to ${option.most})`;
}

/** What the README must say about the units, from their descriptions. */
const TABLES = {
  methods: table(
    ['`--method`', 'called', 'what it does'],
    METHODS.map((method) => [`\`${method}\``, wordsHtml(methodUnit(method).label), methodUnit(method).line]),
  ),
  'ways to adapt': table(
    ['`--peft`', 'called', 'what trains beside the head'],
    PEFTS.map((peft) => [`\`${peft}\``, wayOf(peft).label, wayOf(peft).line]),
  ),
  options: table(
    ['option', 'called', 'at first', 'what it does'],
    [...UNIT_OPTIONS.values()].map((option) => [`\`--${option.flag}\``, option.label, rangeOf(option), option.hint]),
  ),
};

describe("the README's table", () => {
  it.each(Object.entries(TABLES))('of %s is what the descriptions say', async (_name, expected) => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(expected);
  });
});
