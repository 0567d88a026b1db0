import { Linter } from 'eslint';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importDirection } from './import-direction.js';

const root = join(import.meta.dirname, '../..');

/** The rule's messages for one line of code in `file`. */
function lint(file, code) {
  return new Linter({ cwd: root })
    .verify(
      code,
      [
        {
          files: ['**/*.ts', '**/*.tsx'],
          plugins: { pyra: { rules: { direction: importDirection } } },
          rules: { 'pyra/direction': 'error' },
        },
      ],
      { filename: join(root, file) },
    )
    .map(({ message }) => message);
}

describe('import direction', () => {
  it.each([
    [
      'src/ui/app.tsx',
      "import { Gpu } from '../engine/machines/webgpu/device.js';",
      'src/ui may import from src/ui, src/vit, src/protocol, src/results, src/store, not from src/engine/machines/webgpu',
    ],
    ['src/ui/app.tsx', "import { readZip } from '../data/zip.js';", 'not from src/data'],
    ['src/store/store.ts', "export * from '../worker/entry.js';", 'not from src/worker'],
    [
      'src/engine/training/session.ts',
      "import { readFileSync } from 'node:fs';",
      "src/engine/training must not import 'node:fs'",
    ],
    [
      'src/engine/training/session.ts',
      "const { wrap } = await import('comlink');",
      "src/engine/training must not import 'comlink'",
    ],
    ['src/engine/plan/tape.ts', "import { Gpu } from '../machines/webgpu/device.js';", 'not from src/engine/machines/webgpu'],
    ['src/engine/machines/webgpu/plan.ts', "import { vit } from '../../model/vit.js';", 'not from src/engine/model'],
    ['src/engine/model/vit.ts', "import { Gpu } from '../machines/webgpu/device.js';", 'not from src/engine/machines/webgpu'],
    ['src/engine/operations/gelu.ts', "import { gelu } from '../reference/gelu.js';", 'not from src/engine/reference'],
    ['src/engine/reference/gelu.ts', "import { z } from 'zod';", "src/engine/reference must not import 'zod'"],
    [
      'src/protocol/runs/run.ts',
      "import { read } from '../../formats/read.js';",
      'src/protocol may import from src/protocol, src/vit, not from src/formats',
    ],
    [
      'src/vit/cost.ts',
      "import { MergeMap } from '../protocol/maps.js';",
      'src/vit may import from src/vit, not from src/protocol',
    ],
    ['src/containers/zip.ts', "import { open } from '../formats/open.js';", 'not from src/formats'],
    ['src/data/png.ts', "import { weights } from '../formats/weights.js';", 'not from src/formats'],
    ['src/formats/npz.ts', "import { open } from 'node:fs/promises';", "src/formats must not import 'node:fs/promises'"],
    ['src/headless/main.ts', "import { closeTo } from '../testing/close.js';", 'src/testing is for tests alone'],
  ])('%s: %s', (file, code, message) => {
    expect(lint(file, code)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['src/ui/app.tsx', "import { useRuns } from '../store/runs.js'; import { createRoot } from 'react-dom/client';"],
    ['src/engine/training/session.ts', "import { vit } from '../model/vit.js'; import { batches } from '../../data/batches.js';"],
    [
      'src/engine/operations/gelu.gpu.test.ts',
      "import { gelu } from '../reference/gelu.js'; import { openDawn } from '../../headless/dawn.js';",
    ],
    ['src/worker/entry.ts', "import { expose } from 'comlink'; import source from '../../shaders/gelu.wgsl?raw';"],
  ])('lets %s: %s', (file, code) => {
    expect(lint(file, code)).toEqual([]);
  });
});
