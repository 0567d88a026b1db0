/** Holds the file counts in docs/ARCHITECTURE.md against the tree: the files that know the most recent example of each kind of addition. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PEFTS } from './adapters/index.js';
import { METHODS } from './methods/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Source text by path, without comments. Tests, fixtures, and files that only tests import are left out. */
const SOURCES = ['src', 'shaders'].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true })
    .map((name) => `${folder}/${String(name).replaceAll('\\', '/')}`)
    .filter((path) => /\.(tsx?|wgsl)$/.test(path) && !/\.test\.tsx?$|\/fixtures\/|^src\/testing\//.test(path))
    .map((path) => {
      const text = readFileSync(root + path, 'utf8');
      return { path, code: text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '') };
    }),
);

const knowing = (what: RegExp, but: (path: string) => boolean = () => false): string[] =>
  SOURCES.filter(({ path, code }) => (what.test(code) || what.test(path)) && !but(path))
    .map(({ path }) => path)
    .sort();

/** What was added, how it is known, and how many files its row says. */
const ADDED = {
  'a method that is a row: `prune`': knowing(/\bprune\b/),
  'a method with a pairing of its own: `random`': knowing(
    /\bdraw-?[pP]airs\b|\bdrawPartners\b|merge\/draw\b|\brandom: (?!\(\))|methods\/random|'random'/,
    (path) => path.startsWith('src/data/'),
  ),
  'a way to adapt: `lora`': knowing(/\blora\b/),
  'an operation on every machine: `drawPairs`': knowing(/\bdraw-?[pP]airs\b|\bdrawPartners\b|merge\/draw\b/),
  'an export: `transformers-js`': knowing(/'transformers-js'|[tT]ransformersJs/),
  'a machine: `cpu`, beside its own folder': knowing(/machines\/cpu\//, (path) => path.startsWith('src/engine/machines/cpu/')),
};

describe('docs/ARCHITECTURE.md says how many files are touched by', () => {
  const text = readFileSync(`${root}docs/ARCHITECTURE.md`, 'utf8');
  it.each(Object.entries(ADDED))('%s', (what, files) => {
    expect(text, files.join('\n')).toContain(`| ${what} | ${files.length} |`);
  });
});

it('a method that is a row takes four files at most', () => {
  expect(ADDED['a method that is a row: `prune`'].length).toBeLessThanOrEqual(4);
});

it('nothing compares methods or ways to adapt by name', () => {
  const names = [...METHODS, ...PEFTS].join('|');
  const compared = new RegExp(`\\b(method|peft)\\b\\)? [=!]== '|'(${names})' [=!]== |\\b(method|peft)\\.(startsWith|includes)`);
  expect(SOURCES.filter(({ code }) => compared.test(code)).map(({ path }) => path)).toEqual([]);
});
