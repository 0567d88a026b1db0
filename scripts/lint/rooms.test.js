/** Holds the tree to rooms that can be overlooked, and to one way of naming files. */
import { readdirSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Files of a folder that are no tests; more of them want rooms with names. */
const MOST_FILES = 15;

/** What tests read lies in folders of this name, in as many files as there are forms. */
const isTestData = (/** @type {string} */ path) => path.split('/').includes('fixtures');

const files = ['src', 'scripts', 'shaders', 'e2e'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !isTestData(path)),
);

describe('the tree', () => {
  it(`has no folder with more than ${MOST_FILES} files that are no tests`, () => {
    const counts = new Map();
    for (const path of files) {
      if (/\.(test|spec)\.[jt]sx?$/.test(path)) continue;
      const folder = path.slice(0, path.lastIndexOf('/'));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    expect(counts.size).toBeGreaterThan(50);
    expect([...counts].filter(([, count]) => count > MOST_FILES)).toEqual([]);
  });

  it('names files in lower case with hyphens, and a file that is one component as the component', () => {
    const named = (/** @type {string} */ name) =>
      /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)+$/.test(name) || /^([A-Z][a-z0-9]*)+\.tsx$/.test(name);
    expect(files.filter((path) => path.split('/').at(-1) !== 'README.md' && !named(basename(path)))).toEqual([]);
  });
});
