import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { circles, importGraph } from './circles.js';

const root = join(import.meta.dirname, '../..');

/** @type {string[]} */
const folders = [];

/** A folder with these files, by their paths. */
function folderOf(/** @type {Record<string, string>} */ files) {
  const folder = mkdtempSync(join(tmpdir(), 'pyra-circles-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

describe('circles of imports', () => {
  it('are found through imports of types, re-exports, imports over several lines and dynamic imports', () => {
    const graph = importGraph(
      folderOf({
        'a.ts': "import type { B } from './rooms/b.js';\n",
        'rooms/b.ts': "import {\n  c,\n  d,\n} from '../c.js';\n",
        'c.tsx': "export * from './d.js';\n",
        'd.ts': "export const late = () => import('./a.js');\n",
      }),
    );
    expect(graph.get('rooms/b.ts')).toEqual(['c.tsx']);
    expect(circles(graph)).toEqual([['a.ts', 'rooms/b.ts', 'c.tsx', 'd.ts', 'a.ts']]);
  });

  it('are not found where two files import a third; packages and tests do not count', () => {
    const graph = importGraph(
      folderOf({
        'a.ts': "import { b } from './b.js';\nimport { c } from './c.js';\nimport { z } from 'zod';\n",
        'b.ts': "import { c } from './c.js';\n",
        'c.ts': '',
        'c.test.ts': "import { a } from './a.js';\n",
      }),
    );
    expect([...graph.keys()].sort()).toEqual(['a.ts', 'b.ts', 'c.ts']);
    expect(circles(graph)).toEqual([]);
  });

  it('are not among the project’s files', () => {
    const found = ['src', 'scripts', 'e2e'].flatMap((folder) => circles(importGraph(join(root, folder))));
    expect(found.map((circle) => circle.join(' > '))).toEqual([]);
  });
});
