/** Finds circles in a folder's import graph (which file imports which, types included), which it reads from the files' text. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

const IMPORTS = /(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*'(\.[^'?]+)'|import\('(\.[^'?]+)'\)/g;

/**
 * @param {string} folder
 * @returns {Map<string, string[]>} For each TypeScript file below `folder` that is no test, the files it imports.
 */
export function importGraph(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const name = (/** @type {string} */ path) => relative(folder, path).split(sep).join('/');
  return new Map(
    files.map((file) => {
      const targets = [...readFileSync(file, 'utf8').matchAll(IMPORTS)].map((match) =>
        resolve(dirname(file), match[1] ?? match[2] ?? ''),
      );
      const found = targets.map((path) =>
        ['.ts', '.tsx'].map((end) => path.replace(/\.js$/, end)).find((end) => existsSync(end)),
      );
      return [name(file), found.filter((path) => path !== undefined).map(name)];
    }),
  );
}

/**
 * @param {ReadonlyMap<string, readonly string[]>} graph
 * @returns {string[][]} The circles that a depth-first walk meets, each from a file back to itself.
 */
export function circles(graph) {
  /** @type {string[][]} */
  const found = [];
  const done = new Set();
  /** @type {string[]} */
  const path = [];
  const visit = (/** @type {string} */ file) => {
    const at = path.indexOf(file);
    if (at >= 0) {
      found.push([...path.slice(at), file]);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return found;
}
