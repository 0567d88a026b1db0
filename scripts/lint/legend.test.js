/** Checks that every shader, kernel, operation and reference file uses the letters and names of docs/ARCHITECTURE.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

const files = [
  'shaders',
  'src/engine/machines/cpu/kernels',
  'src/engine/machines/cpu/operations',
  'src/engine/machines/webgpu/operations',
  'src/engine/operations',
  'src/engine/reference',
].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(wgsl|ts)$/.test(entry.name) && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name)),
);

/** For each thing its letter, its name here, and its names elsewhere, which must not be used. */
const LEGEND = [
  ['B', 'images', ['batch', 'batchSize', 'batch_size', 'pictures', 'numImages']],
  ['N', 'tokens', ['numTokens', 'seqLen', 'sequence', 'seq_len']],
  ['N0', 'initialTokens', ['originalTokens', 'tokensBefore']],
  ['C', 'channels', ['embedDim', 'embed_dim', 'dim', 'features', 'dModel']],
  ['H', 'heads', ['numHeads', 'num_heads', 'nHeads', 'headCount']],
  ['D', 'headWidth', ['headDim', 'head_dim', 'headSize', 'dHead']],
  ['r', 'r', ['merged', 'numMerged', 'pairCount', 'mergeCount']],
  ['E', 'evens', ['evenCount', 'numEven']],
  ['T', 'protectedTokens', ['prefixTokens', 'numPrefixTokens', 'prefixCount', 'specialTokens']],
  ['Q', 'queries', ['numQueries', 'queryCount']],
  ['S', 'imageSize', ['side', 'imageSide', 'imgSize', 'resolution']],
  ['p', 'patchSize', ['patchSide']],
  ['G', 'gridSide', ['gridSize', 'patchesPerSide']],
  ['P', 'patches', ['numPatches', 'patchCount']],
  ['K', 'classes', ['numClasses', 'labelCount', 'classCount']],
];

/** Letters of a product of matrices: out [M, N] of a [M, K] and weight [N, K]. */
const PRODUCT = ['M', 'N', 'K'];

/** Other names of gradients: a gradient is `d` and the name of the forward, in the same case. */
const OTHER_GRADIENTS = /\b(d[A-Z]\w*|d_[a-z]\w*|grad(_\w+|[A-Z]\w*)?|dweights)\b/;

/** Tiles are named after their contents, not `m0` or `n0`. */
const NUMBERED_LETTERS = /\b[mn]0\b/;

const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*$/gm;

const codeOf = (/** @type {string} */ text) => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$|'[^'\n]*'/gm, '');

describe('one word, one thing', () => {
  it('in every shader, kernel, operation and reference file', () => {
    expect(files.length).toBeGreaterThan(100);
    const others = new RegExp(`\\b(${LEGEND.flatMap(([, , words]) => words).join('|')})\\b`);
    const found = files.flatMap((file) => {
      const code = codeOf(readFileSync(file, 'utf8'));
      return [others, OTHER_GRADIENTS, NUMBERED_LETTERS]
        .map((words) => words.exec(code)?.[0])
        .filter((word) => word !== undefined)
        .map((word) => `${relative(root, file).split(sep).join('/')}: ${word}`);
    });
    expect(found).toEqual([]);
  });

  it('in the shapes that comments give', () => {
    const letters = new Set([...LEGEND.map(([letter]) => letter), ...PRODUCT]);
    const found = files.flatMap((file) => {
      const comments = (readFileSync(file, 'utf8').match(COMMENTS) ?? []).join('\n');
      return [...comments.matchAll(/(?<![\w\])])\[([^[\]]+)\]/g)]
        .flatMap(([, shape = '']) => shape.match(/\b[A-Z]\d?\b/g) ?? [])
        .filter((letter) => !letters.has(letter))
        .map((letter) => `${relative(root, file).split(sep).join('/')}: ${letter}`);
    });
    expect(found).toEqual([]);
  });

  it('as docs/ARCHITECTURE.md says', () => {
    const text = readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8');
    for (const [letter, name] of LEGEND) expect(text).toContain(`| ${letter} | \`${name}\` |`);
  });
});
