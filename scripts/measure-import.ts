/**
 * Writes random weights of ViT-B/16's size (86 M parameters) in each form to a temporary folder, imports each, and prints the time and the
 * peak memory beyond what the process had before. Then does the same for the export of a run (LoRA and a head) on such weights in each
 * form.
 *
 *   npx tsx scripts/measure-import.ts [--browser] [--keep]
 *
 * "streamed" drops each tensor after reading it, like an upload to the GPU; "held" keeps all of them. With `--browser` the same imports run
 * in Chromium (a File from an <input>, read in slices), where memory is the renderer's resident set.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { NamedTensor } from '../src/containers/tensors.js';
import { loadWeights } from '../src/formats/backbones/weights.js';
import { byteSourceFromPath } from '../src/headless/inputs/files.js';
import { exportModel } from '../src/formats/exports/index.js';
import { MODEL_FORMATS, type ModelFormat } from '../src/protocol/exports.js';
import { requireCheckpoint } from './interop/compare.js';
import { runOn } from './interop/write.js';
import { writeForms } from './vit-b-forms.js';

const MIB = 2 ** 20;

/** A process's current (`VmRSS`) or peak (`VmHWM`) resident set in bytes; Linux only. */
function memoryOf(process: number | 'self', field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${process}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
}

const measuredSchema = z.object({
  parameters: z.number(),
  openMilliseconds: z.number(),
  readMilliseconds: z.number(),
  peakBytes: z.number(),
});
type Measured = z.infer<typeof measuredSchema>;

/** Imports the files and measures time and peak memory; runs in a process of its own. */
async function importOnce(paths: readonly string[], hold: boolean): Promise<Measured> {
  const before = memoryOf('self', 'VmRSS');
  const start = performance.now();
  const loaded = await loadWeights(await Promise.all(paths.map((path) => byteSourceFromPath(path))));
  const opened = performance.now();
  const held: NamedTensor[] = [];
  let parameters = 0;
  for (const name of loaded.reader.names()) {
    const tensor = await loaded.reader.read(name);
    parameters += tensor.data.length;
    if (hold) held.push(tensor);
  }
  return {
    parameters,
    openMilliseconds: opened - start,
    readMilliseconds: performance.now() - opened,
    peakBytes: memoryOf('self', 'VmHWM') - before,
  };
}

const writtenSchema = z.object({ milliseconds: z.number(), bytes: z.number(), peakBytes: z.number() });
type Written = z.infer<typeof writtenSchema>;

/** Opens the backbone's files and exports a run on it in a form; runs in a process of its own, like {@link importOnce}. */
async function exportOnce(path: string, format: ModelFormat): Promise<Written> {
  const loaded = requireCheckpoint(await loadWeights([await byteSourceFromPath(path)]));
  const run = runOn(loaded, loaded.architecture.imageSize);
  const before = memoryOf('self', 'VmRSS');
  const start = performance.now();
  const files = await exportModel(run, format);
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  return { milliseconds: performance.now() - start, bytes, peakBytes: memoryOf('self', 'VmHWM') - before };
}

function inItsOwnProcess(...args: readonly string[]): unknown {
  const script = fileURLToPath(import.meta.url);
  return JSON.parse(execFileSync(process.execPath, ['--import', 'tsx', script, ...args], { encoding: 'utf8' }));
}

const measureInNode = (paths: readonly string[], hold: boolean): Measured =>
  measuredSchema.parse(inItsOwnProcess('--import-once', hold ? 'held' : 'streamed', ...paths));

/** Measures exports: transformers' forms of a backbone with transformers' names, and the other forms of one with timm's. */
function measureExports(forms: ReadonlyMap<string, readonly string[]>): void {
  for (const format of MODEL_FORMATS) {
    const [path] = forms.get(/hf$/.test(format) ? 'Hugging Face safetensors' : 'timm safetensors, F32') ?? [];
    if (path === undefined) continue;
    const { milliseconds, bytes, peakBytes } = writtenSchema.parse(inItsOwnProcess('--export-once', format, path));
    const cells = [format.padEnd(38), `${(bytes / MIB).toFixed(0)} MiB`, `${(milliseconds / 1000).toFixed(2)} s`];
    console.log([...cells, `${(peakBytes / MIB).toFixed(0)} MiB`].join('  '));
  }
}

/** Measures imports in Chromium's renderer, in a page of Vite's development server. */
async function measureInBrowser(forms: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const { createServer } = await import('vite');
  const { chromium } = await import('playwright');
  const server = await createServer({ server: { port: 0, host: '127.0.0.1' }, logLevel: 'error' });
  await server.listen();
  const origin = server.resolvedUrls?.local[0] ?? '';
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  try {
    for (const [form, paths] of forms) {
      for (const hold of [false, true]) {
        const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
        const page = await browser.newPage();
        await page.route('**/measure.html', (route) =>
          route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>measure</title><input type="file" multiple>' }),
        );
        await page.goto(`${origin}measure.html`);
        const warmUp = `Promise.all(['formats/backbones/weights', 'containers/sources'].map((name) => import('/src/' + name + '.ts'))).then(() => 0)`;
        await page.evaluate(warmUp);
        await page.setInputFiles('input', [...paths]);
        const session = await browser.newBrowserCDPSession();
        const { processInfo } = await session.send('SystemInfo.getProcessInfo');
        const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
        const resident = (field: 'VmRSS' | 'VmHWM'): number => Math.max(...renderers.map((id) => memoryOf(id, field)));
        const before = resident('VmRSS');
        const measured = measuredSchema.parse(
          await page.evaluate(`(async () => {
          const { loadWeights } = await import('/src/formats/backbones/weights.ts');
          const { byteSourceFromBlob } = await import('/src/containers/sources.ts');
          const files = [...document.querySelector('input').files];
          const start = performance.now();
          const loaded = await loadWeights(files.map((file) => byteSourceFromBlob(file.name, file)));
          const opened = performance.now();
          const held = [];
          let parameters = 0;
          for (const name of loaded.reader.names()) {
            const tensor = await loaded.reader.read(name);
            parameters += tensor.data.length;
            if (${hold}) held.push(tensor);
          }
          return { parameters, openMilliseconds: opened - start, readMilliseconds: performance.now() - opened, peakBytes: 0 };
        })()`),
        );
        printRow(`${form} (Chromium)`, hold, paths, { ...measured, peakBytes: resident('VmHWM') - before });
        await browser.close();
      }
    }
  } finally {
    await server.close();
  }
}

function printRow(form: string, hold: boolean, paths: readonly string[], measured: Measured): void {
  const size = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  const cells = [
    form.padEnd(38),
    (hold ? 'held' : 'streamed').padEnd(9),
    `${(size / MIB).toFixed(0)} MiB`.padStart(8),
    `${(measured.parameters / 1e6).toFixed(1)} M`.padStart(8),
    `${measured.openMilliseconds.toFixed(0)} ms`.padStart(9),
    `${(measured.readMilliseconds / 1000).toFixed(2)} s`.padStart(8),
    `${(measured.peakBytes / MIB).toFixed(0)} MiB`.padStart(9),
    `${(measured.peakBytes / (4 * measured.parameters)).toFixed(2)} x`.padStart(7),
  ];
  console.log(cells.join('  '));
}

const [mode, kind, ...paths] = process.argv.slice(2);
if (mode === '--import-once') {
  console.log(JSON.stringify(await importOnce(paths, kind === 'held')));
} else if (mode === '--export-once') {
  const format = MODEL_FORMATS.find((name) => name === kind);
  if (format === undefined) throw new Error(`'${kind}' is none of ${MODEL_FORMATS.join(', ')}`);
  console.log(JSON.stringify(await exportOnce(paths[0] ?? '', format)));
} else {
  const flags = process.argv.slice(2);
  const folder = mkdtempSync(join(tmpdir(), 'measure-import-'));
  try {
    console.log(`Writing ViT-B/16-sized weights to ${folder}`);
    const forms = await writeForms(folder);
    console.log('form                                    how             file   params      open      read       peak   of F32');
    for (const [form, files] of forms) for (const hold of [false, true]) printRow(form, hold, files, measureInNode(files, hold));
    console.log('written                                   size     time     peak');
    measureExports(forms);
    if (flags.includes('--browser')) await measureInBrowser(forms);
    if (flags.includes('--keep'))
      console.log(
        `Kept ${[...forms.values()]
          .flat()
          .map((path) => basename(path))
          .join(', ')} in ${folder}`,
      );
  } finally {
    if (!flags.includes('--keep')) rmSync(folder, { recursive: true });
  }
}
