/** Checks that folders are small enough to survey, and that all files are named in the same style. */
import { readdirSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** The most files in a folder besides tests; more are split into subfolders. */
const MOST_FILES = 15;

/** Test data are in folders named `fixtures`, which may have any number of files. */
const isTestData = (/** @type {string} */ path) => path.split('/').includes('fixtures');

const files = ['src', 'scripts', 'shaders', 'e2e'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !isTestData(path)),
);

describe('the tree', () => {
  it(`has no folder with more than ${MOST_FILES} files besides tests`, () => {
    const counts = new Map();
    for (const path of files) {
      if (/\.(test|spec)\.[jt]sx?$/.test(path)) continue;
      const folder = path.slice(0, path.lastIndexOf('/'));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    expect(counts.size).toBeGreaterThan(50);
    expect([...counts].filter(([, count]) => count > MOST_FILES)).toEqual([]);
  });

  it('names files in lower case with hyphens, and a file of a component after it', () => {
    const named = (/** @type {string} */ name) =>
      /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)+$/.test(name) || /^([A-Z][a-z0-9]*)+\.tsx$/.test(name);
    expect(files.filter((path) => path.split('/').at(-1) !== 'README.md' && !named(basename(path)))).toEqual([]);
  });
});
