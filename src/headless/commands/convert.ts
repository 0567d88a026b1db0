import { join } from 'node:path';
import { CHECKPOINT_FORMATS, convertCheckpoint } from '../../formats/export/index.js';
import { loadWeights } from '../../formats/weights.js';
import { PlaygroundError } from '../../protocol/errors.js';
import { Arguments, helpText, usage, type CommandDescription } from '../arguments.js';
import { EXIT, type Command, type Host } from '../host.js';
import { MODEL_OPTIONS, modelOverrides } from '../inputs.js';
import { openModelFiles } from '../model-files.js';
import { requireAbsent, writeWhole } from '../outputs.js';
import { Terminal } from '../terminal.js';

const TYPES = ['f32', 'f16'] as const;

const OPTIONS = {
  to: { value: CHECKPOINT_FORMATS.join('|'), help: 'whose names the tensors get (default: timm)' },
  dtype: { value: TYPES.join('|'), help: 'type of the numbers (default: f32)' },
  heads: MODEL_OPTIONS.heads,
  mean: MODEL_OPTIONS.mean,
  std: MODEL_OPTIONS.std,
  out: { value: 'FOLDER', help: 'where the files go (default: beside the file, FILE-FORMAT; here where it was fetched)' },
  force: { help: 'write over what is there' },
} as const;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'convert',
  positionals: 'FILE',
  summary: 'Turns a checkpoint of any form that is read here into safetensors under timm’s or Hugging Face’s names.',
  details:
    'FILE is safetensors, .npz, .pth, or a folder of them with their configuration files; or owner/name[@revision] or https://...,\n' +
    'which is fetched.',
  options: OPTIONS,
};

async function run(args: readonly string[], host: Host): Promise<number> {
  const options = new Arguments(DESCRIPTION, args);
  const terminal = new Terminal(host.output, host.errors, options.json);
  if (options.help) {
    host.output.write(`${helpText(DESCRIPTION)}\n`);
    return EXIT.done;
  }
  const [path, second] = options.positionals;
  if (path === undefined) throw usage("convert: no file was given; see 'convert --help'");
  if (second !== undefined) throw usage(`convert: takes one file or folder, and '${second}' was given too`);
  const format = options.choice('to', CHECKPOINT_FORMATS) ?? 'timm';
  const type = options.choice('dtype', TYPES) === 'f16' ? 'F16' : 'F32';
  const { sources, stem } = await openModelFiles(path, terminal);
  const loaded = await loadWeights(sources, modelOverrides(options));
  if (!loaded.architecture) {
    const message = `${path}: holds adapted weights without their backbone, which is no checkpoint to convert; 'export' writes them with it`;
    throw new PlaygroundError('file.unsupported', message, { subject: path });
  }
  const out = options.text('out') ?? `${stem}-${format}`;
  const files = await convertCheckpoint({ ...loaded, architecture: loaded.architecture }, format, type);
  const targets = files.map((file) => ({ file, path: join(out, file.name) }));
  requireAbsent(
    targets.map((target) => target.path),
    options.flag('force'),
  );
  for (const target of targets) await writeWhole(target.path, target.file.bytes);
  const report = targets.map((target) => ({ file: target.path, bytes: target.file.bytes.length }));
  terminal.result({ from: loaded.format, format, type, files: report, notes: loaded.notes, unused: loaded.unused }, () => [
    ...loaded.notes,
    ...(loaded.unused.length === 0 ? [] : [`Left out: ${loaded.unused.join(', ')}`]),
    ...report.map(({ file, bytes }) => `Wrote ${file} (${bytes} bytes)`),
  ]);
  return EXIT.done;
}

export const convert: Command = { name: DESCRIPTION.name, summary: DESCRIPTION.summary, run };
