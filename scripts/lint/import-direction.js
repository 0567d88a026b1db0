/**
 * A lint rule for the direction of imports (docs/ARCHITECTURE.md, The way of the data): which folder may import from which, and which
 * folders must not import React, Comlink or Node. Tests, fixtures and `src/testing` may import anything.
 */
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const HOST_FREE = ['react', 'react-dom', 'comlink', 'zustand', 'radix-ui', 'sharp', 'webgpu', 'node:'];

/**
 * The first entry that contains a file applies to it, so subfolders come before their folders.
 * @type {readonly { folder: string, mayImport: readonly string[], packages?: readonly string[], without?: readonly string[], because: string }[]}
 */
const FOLDERS = [
  {
    folder: 'src/vit',
    mayImport: [],
    packages: ['zod'],
    because:
      'it says what a vision transformer is, as plain data and arithmetic that everything shares, so it can depend on nothing',
  },
  {
    folder: 'src/protocol',
    mayImport: ['src/vit'],
    packages: ['zod'],
    because: "it is what crosses the worker's boundary: plain data in the words of src/vit",
  },
  {
    folder: 'src/results',
    mayImport: ['src/vit', 'src/protocol'],
    packages: ['d3-scale'],
    because: 'it computes results from the records of runs alone, for the page and the command line alike',
  },
  {
    folder: 'src/containers',
    mayImport: ['src/vit'],
    without: HOST_FREE,
    because: 'it turns bytes into named parts, for weights and pictures alike, and knows neither',
  },
  {
    folder: 'src/formats',
    mayImport: ['src/vit', 'src/protocol', 'src/containers'],
    without: HOST_FREE,
    because: 'it runs in the browser and in Node alike, and knows files but no GPU and no page',
  },
  {
    folder: 'src/data',
    mayImport: ['src/vit', 'src/protocol', 'src/containers'],
    without: HOST_FREE,
    because: 'it runs in the browser and in Node alike, and knows pictures but no weights, no GPU and no page',
  },
  {
    folder: 'src/engine/reference',
    mayImport: [],
    packages: [],
    because: 'everything else is compared with these plain loops, so they share nothing with it',
  },
  {
    folder: 'src/engine/plan',
    mayImport: ['src/vit', 'src/protocol'],
    without: HOST_FREE,
    because: 'a plan is independent of what runs it: it knows no operation, no machine and no host',
  },
  {
    folder: 'src/engine/operations',
    mayImport: ['src/vit', 'src/engine/plan'],
    without: HOST_FREE,
    because: 'an operation says what it computes, forward and backward, and knows neither a machine nor a model',
  },
  {
    folder: 'src/engine/machines/webgpu',
    mayImport: ['src/vit', 'src/protocol', 'src/engine/plan', 'src/engine/operations'],
    without: HOST_FREE,
    because:
      'it is handed an adapter and a way to read shaders, and lowers operations without knowing the model or another machine',
  },
  {
    folder: 'src/engine/machines/cpu',
    mayImport: ['src/vit', 'src/protocol', 'src/engine/plan', 'src/engine/operations'],
    without: HOST_FREE,
    because:
      'it is handed its kernels and a way to start threads, and lowers operations without knowing the model or another machine',
  },
  {
    folder: 'src/engine/model',
    mayImport: ['src/vit', 'src/engine/plan', 'src/engine/operations'],
    without: HOST_FREE,
    because: 'a model orders operations, and knows no machine, no training loop and no host',
  },
  {
    folder: 'src/engine/training',
    mayImport: [
      'src/vit',
      'src/protocol',
      'src/containers',
      'src/formats',
      'src/data',
      'src/engine/plan',
      'src/engine/operations',
      'src/engine/model',
    ],
    without: HOST_FREE,
    because: 'training is handed data, weights and a machine, and runs in a worker and in Node alike',
  },
  {
    folder: 'src/engine',
    mayImport: ['src/vit', 'src/protocol', 'src/containers', 'src/formats', 'src/data'],
    without: HOST_FREE,
    because: 'the engine runs in a worker and in Node alike, so it never sees React, Comlink, Node, a host or the page',
  },
  {
    folder: 'src/worker',
    mayImport: [
      'src/vit',
      'src/protocol',
      'src/containers',
      'src/formats',
      'src/data',
      'src/engine',
      'shaders',
      '.cache/kernels',
      '.cache/standalone',
    ],
    without: ['react', 'react-dom', 'zustand', 'radix-ui', 'sharp', 'webgpu', 'node:'],
    because: 'the worker holds no DOM: it answers the page through the protocol',
  },
  {
    folder: 'src/headless',
    mayImport: ['src/vit', 'src/protocol', 'src/results', 'src/containers', 'src/formats', 'src/data', 'src/engine', 'shaders'],
    without: ['react', 'react-dom', 'zustand', 'radix-ui', 'comlink'],
    because: 'the command line is the other host of the engine and has no page',
  },
  {
    folder: 'src/standalone',
    mayImport: [
      'src/vit',
      'src/protocol',
      'src/results',
      'src/containers',
      'src/formats',
      'src/data',
      'src/engine',
      'src/worker/inputs/images.js',
      'src/worker/machine/cpu.js',
      'src/worker/machine/threads.js',
      'src/ui/intake/board/camera-reason.js',
    ],
    without: HOST_FREE,
    because: 'it is small: the engine, one picture and its answer, without what trains and keeps',
  },
  {
    folder: 'src/library',
    mayImport: ['src/vit', 'src/protocol', 'src/containers', 'src/formats', 'src/data', 'src/engine', 'shaders'],
    without: HOST_FREE,
    because: 'a library is handed an adapter and bytes by whoever uses it, in a browser and in Node alike',
  },
  {
    folder: 'src/store',
    mayImport: ['src/vit', 'src/protocol'],
    without: ['react-dom', 'radix-ui', 'sharp', 'webgpu', 'node:'],
    because: 'the page talks to the worker in the words of the protocol and never sees a GPU object, a tensor or a file format',
  },
  {
    folder: 'src/ui',
    mayImport: ['src/vit', 'src/protocol', 'src/results', 'src/store'],
    without: ['comlink', 'sharp', 'webgpu', 'node:'],
    because: 'the page talks to the worker in the words of the protocol and never sees a GPU object, a tensor or a file format',
  },
];

const isTest = (file) => /\.test\.tsx?$|\/fixtures\//.test(file) || isInside(file, 'src/testing');
const isInside = (file, folder) => file === folder || file.startsWith(`${folder}/`);
const isPackage = (source, name) =>
  name.endsWith(':') ? source.startsWith(name) : source === name || source.startsWith(`${name}/`);

/** @type {import('eslint').Rule.RuleModule} */
export const importDirection = {
  meta: {
    type: 'problem',
    docs: { description: 'imports follow the direction of the data' },
    schema: [],
    messages: {
      folder: '{{folder}} may import from {{allowed}}, not from {{target}}: {{because}}.',
      package: "{{folder}} must not import '{{source}}': {{because}}.",
      testing: 'src/testing is for tests alone.',
    },
  },
  create(context) {
    const file = relative(root, context.filename).split(sep).join('/');
    const zone = FOLDERS.find(({ folder }) => isInside(file, folder));
    if (!file.startsWith('src/') || isTest(file)) return {};

    /** @param {import('estree').Node & { source?: import('estree').Literal | null }} node */
    const check = (node) => {
      const source = node.source?.value;
      if (typeof source !== 'string') return;
      const path = source.split('?')[0] ?? source;
      if (path.startsWith('.')) {
        const target = relative(root, resolve(dirname(context.filename), path))
          .split(sep)
          .join('/');
        if (isInside(target, 'src/testing')) {
          context.report({ node, messageId: 'testing' });
          return;
        }
        if (!zone || isInside(target, zone.folder) || zone.mayImport.some((folder) => isInside(target, folder))) return;
        const allowed = [zone.folder, ...zone.mayImport].join(', ');
        context.report({
          node,
          messageId: 'folder',
          data: { folder: zone.folder, allowed, target: dirname(target), because: zone.because },
        });
        return;
      }
      if (!zone) return;
      const refused = zone.packages
        ? !zone.packages.some((name) => isPackage(source, name))
        : (zone.without ?? []).some((name) => isPackage(source, name));
      if (refused) context.report({ node, messageId: 'package', data: { folder: zone.folder, source, because: zone.because } });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};
