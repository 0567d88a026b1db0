/**
 * `npm run test:interop`: reads what timm, transformers and PEFT write, and loads what is written here with them and with transformers.js,
 * by the lines of the exports' READMEs, in two generations of each. Makes virtual environments with pinned versions under `.cache/interop`
 * (Python 3.11, a package index and npm's registry; some 8 GB) and writes the table of `docs/models.md`.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { compareForm, formsIn } from './compare.js';
import { checkNames, hubTables, type CheckedName } from './hub.js';
import { comparePictures } from './pictures.js';
import { run } from './run.js';
import { checkTransformersJs } from './transformers-js.js';
import { writeExports } from './write.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const FOLDER = resolve('.cache/interop');
const TORCH = ['torch==2.9.1', 'torchvision==0.24.1', 'numpy==2.3.5', 'pillow==12.0.0'];
const GENERATIONS: Readonly<Record<'current' | 'older', readonly string[]>> = {
  current: ['timm==1.0.31', 'transformers==5.24.0', 'peft==0.21.2', 'onnxruntime==1.32.0', 'safetensors'],
  older: ['timm==1.0.19', 'transformers==4.46.3', 'peft==0.13.2', 'onnxruntime==1.20.1', 'safetensors'],
};

const TRANSFORMERS_JS = { current: '4.3.1', older: '3.8.1' } as const;

/** Bounds for float32 compared with float64, on models of two blocks; ONNX runtimes sum in another order. */
const CLOSE = 1e-5;
const CLOSE_ONNX = 1e-4;

/** Until 1.0.26 timm reads a local folder with `torch.load`, which does not read safetensors. */
const NOT_THERE = (generation: string, form: string): boolean => generation === 'older' && form === 'timm';

const EXPORTED = [
  'timm_plain',
  'timm_layer_scale',
  'timm_no_biases',
  'hf_vit',
  'hf_vit_no_bias',
  'hf_deit_with_teacher',
  'hf_dinov2',
  'timm_registers',
  'timm_registers_with_positions',
  'timm_registers_smaller',
  'hf_vit_smaller',
  'hf_dinov2_smaller',
  'hf_dinov2_registers',
  'hf_dinov2_registers_smaller',
];

interface Row {
  readonly generation: string;
  readonly direction: string;
  readonly form: string;
  readonly difference: number;
  readonly limit: number;
}

/** torch is large and the same for both generations: it is installed once, and each environment has a path to it. */
async function environment(generation: keyof typeof GENERATIONS): Promise<string> {
  const torch = join(FOLDER, 'torch');
  if (!existsSync(torch)) run('python3.11', ['-m', 'pip', 'install', '-q', '--target', torch, ...TORCH]);
  const folder = join(FOLDER, generation);
  const python = join(folder, 'bin/python');
  if (existsSync(join(folder, 'ready'))) return python;
  run('python3.11', ['-m', 'venv', folder]);
  await writeFile(join(folder, 'lib/python3.11/site-packages/torch-shared.pth'), `${await realpath(torch)}\n`);
  run(python, ['-m', 'pip', 'install', '-q', ...GENERATIONS[generation]]);
  await writeFile(join(folder, 'ready'), '');
  return python;
}

const madeSchema = z.object({ forms: z.array(z.string()), versions: z.record(z.string(), z.string()) });
const checkedSchema = z.object({ folder: z.string(), difference: z.number().optional(), error: z.string().optional() });

const lastJson = (text: string): unknown => JSON.parse(text.trim().split('\n').at(-1) ?? 'null');

async function compareGeneration(
  generation: keyof typeof GENERATIONS,
): Promise<{ rows: Row[]; versions: Record<string, string> }> {
  const python = await environment(generation);
  const forms = join(FOLDER, 'forms', generation);
  await mkdir(forms, { recursive: true });
  const { versions } = madeSchema.parse(lastJson(run(python, [join(HERE, 'make.py'), generation, forms])));
  const rows: Row[] = [];
  for (const form of await formsIn(forms)) {
    const difference = await compareForm(join(forms, form));
    rows.push({ generation, direction: 'read here', form, difference, limit: CLOSE });
  }
  const out = join(FOLDER, 'out', generation);
  const folders = await writeExports(forms, EXPORTED, out);
  const isForJs = (folder: string): boolean => folder.endsWith('-transformers-js');
  const checked = folders.filter((folder) => !isForJs(folder));
  const lines = run(python, [join(HERE, 'check.py'), generation, ...checked]).split('\n');
  for (const line of lines.filter((text) => text.startsWith('{'))) {
    const { folder, difference, error } = checkedSchema.parse(JSON.parse(line));
    const [, backbone = '', form = ''] = /([^/]+?)-((?:peft-)?\w+)$/.exec(folder) ?? [];
    if (NOT_THERE(generation, form)) continue;
    if (error !== undefined) process.stderr.write(`${generation} ${backbone} as ${form}: ${error}\n`);
    const limit = form === 'onnx' ? CLOSE_ONNX : CLOSE;
    rows.push({ generation, direction: `written here as ${form}`, form: backbone, difference: difference ?? Infinity, limit });
  }
  const version = TRANSFORMERS_JS[generation];
  const packages = join(FOLDER, `transformers-js-${generation}`);
  for (const { folder, difference } of await checkTransformersJs(folders.filter(isForJs), packages, version)) {
    const form = basename(folder).replace(/-transformers-js$/, '');
    rows.push({ generation, direction: 'written here as transformers-js', form, difference, limit: CLOSE_ONNX });
  }
  return { rows, versions: { ...versions, 'transformers.js': version } };
}

/** Compares pictures of odd sizes, modes and orientations that Pillow writes. */
const PICTURES = 500;

async function comparePillow(): Promise<{ count: number; wrong: string[] }> {
  const folder = join(FOLDER, 'pictures');
  run(await environment('current'), [join(HERE, 'pictures.py'), folder, String(PICTURES)]);
  return comparePictures(folder);
}

/** Checks the hub's names, as the current libraries build them. */
async function compareNames(): Promise<CheckedName[]> {
  const folder = join(FOLDER, 'hub');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  run(await environment('current'), [join(HERE, 'hub.py'), folder]);
  return checkNames(folder);
}

const DOCUMENT = 'docs/models.md';
const BEGIN = '<!-- interop -->';
const HUB = [
  '',
  "## The hub's names",
  '',
  "Each model was built by its library: timm's by name, transformers' by the sizes in `scripts/interop/hub.py`. Its configuration and the names",
  "and shapes of its tensors, without elements, are read or refused here: with the configuration, with the model's name alone, and without a",
  "name. For a model that is read, heads, sizes and LayerNorm's epsilon must be the library's, and for timm's names the normalisation too. Then",
  'one block of random weights is computed here and by the library; the table has the largest difference. Models that need further packages are',
  'left out, and no weights are downloaded.',
  '',
];

async function writeTable(
  all: readonly { readonly rows: readonly Row[]; readonly versions: Record<string, string> }[],
  names: readonly CheckedName[],
): Promise<void> {
  const lines = all.flatMap(({ rows, versions }) => [
    '',
    `With ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version.replace(/\+.*/, '')}`)
      .join(', ')}:`,
    '',
    '| direction | model | largest difference |',
    '| --- | --- | ---: |',
    ...rows.map(
      ({ direction, form, difference }) => `| ${direction} | ${form.replaceAll('_', ' ')} | ${difference.toExponential(1)} |`,
    ),
  ]);
  const text = await readFile(DOCUMENT, 'utf8');
  const before = text.slice(0, text.indexOf(BEGIN) + BEGIN.length);
  await writeFile(DOCUMENT, `${before}\n${[...lines, ...HUB, ...hubTables(names)].join('\n')}\n`);
}

const all = [await compareGeneration('current'), await compareGeneration('older')];
const names = await compareNames();
await writeTable(all, names);
const wrong = all.flatMap(({ rows }) => rows.filter(({ difference, limit }) => !(difference <= limit)));
for (const { generation, direction, form, difference } of wrong) {
  process.stdout.write(`${generation}: ${form}, ${direction}: differs by ${difference}\n`);
}
const misread = names.filter(({ wrong, difference }) => wrong.length > 0 || !((difference ?? 0) <= CLOSE));
for (const { name, wrong: sentences, difference } of misread) {
  process.stdout.write(
    `${name}: ${[...sentences, ...(difference === undefined ? [] : [`differs by ${difference}`])].join('; ')}\n`,
  );
}
process.stdout.write(`${names.length} names of the hub, ${misread.length} taken for what they are not\n`);
const pictures = await comparePillow();
for (const sentence of pictures.wrong) process.stdout.write(`${sentence}\n`);
process.stdout.write(`${pictures.count} pictures of Pillow's, ${pictures.wrong.length} read or resized otherwise\n`);
const count = all.reduce((sum, { rows }) => sum + rows.length, 0);
process.stdout.write(`${count - wrong.length} of ${count} agree\n`);
process.exitCode = wrong.length + misread.length + pictures.wrong.length === 0 ? 0 : 1;
