import { stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { exportModel, measuredOf, zipFiles } from '../../formats/exports/index.js';
import { exportUnit, MODEL_FORMATS, type ModelFormat } from '../../protocol/exports.js';
import { readTrained } from '../../formats/backbones/weights.js';
import { openAdapted } from '../runs/adapted.js';
import { readRecord } from '../runs/local.js';
import { PlaygroundError } from '../../vit/errors.js';
import { type Arguments, usage, type CommandDescription } from '../arguments.js';
import { defineCommand } from '../command.js';
import { EXIT } from '../machine/host.js';
import { standaloneFiles } from '../runs/standalone.js';
import { MODEL_OPTIONS, modelOverrides } from '../inputs/inputs.js';
import { placeFiles, requireFree, writeAllWhole } from '../runs/outputs.js';
import { type Terminal } from '../terminal.js';

const OPTIONS = {
  to: { value: MODEL_FORMATS.join('|'), help: 'the format' },
  ...MODEL_OPTIONS,
  model: { value: 'FILE', help: 'the backbone that the run was trained on, where it was not the bundled one' },
  out: {
    value: 'PATH',
    help: 'a folder, a zip of it (NAME.zip), or for one file its name (default: beside the run, RUN-FORMAT)',
  },
  force: { help: 'write over what is there' },
} as const;

type Options = Arguments<keyof typeof OPTIONS>;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'export',
  positionals: 'RUN',
  summary: 'Writes an adapted model as files that other tools load.',
  details:
    'RUN is a run’s folder, its adapted.safetensors, a PEFT adapter’s folder, or a checkpoint of PYRA’s authors.\n' +
    MODEL_FORMATS.map((format) => `  ${format.padEnd(15)}  ${exportUnit(format).help}`).join('\n'),
  options: OPTIONS,
};

/** `runs/NAME-FORMAT` for the run's folder or the weights in it, else the file's name without its extension and the format. */
async function defaultOut(run: string, format: ModelFormat): Promise<string> {
  const path = resolve(run);
  const isFolder = (await stat(path)).isDirectory();
  const stem = isFolder
    ? path
    : path.endsWith('adapted.safetensors')
      ? dirname(path)
      : path.slice(0, -extname(path).length || undefined);
  return `${stem}-${format}`;
}

async function run(options: Options, terminal: Terminal): Promise<number> {
  const path = options.only('run');
  const format = options.choice('to', MODEL_FORMATS);
  if (format === undefined) throw usage(`export: --to is missing; it is one of ${MODEL_FORMATS.join(', ')}`);

  const { metadata, loaded, backbone } = await openAdapted({
    path,
    given: options.text('model'),
    overrides: modelOverrides(options),
    terminal,
  });
  if (loaded.folded.length > 0 && !exportUnit(format).whole) {
    const message = `${path}: its LoRA on ${loaded.folded.join(', ')} is folded into the backbone, which '${format}' does not hold; export it as timm or onnx`;
    throw new PlaygroundError('option.invalid', message, { subject: 'to' });
  }
  const record = await readRecord(path);
  const files = await exportModel({ metadata, backbone, trained: await readTrained(loaded) }, format, {
    oneFile: extname(options.text('out') ?? '') === '.safetensors',
    builtPage: standaloneFiles,
    measured: record && measuredOf(record),
  });
  const out = options.text('out') ?? (await defaultOut(path, format));
  const placed = extname(out) === '.zip' ? [{ path: out, file: await zipFiles(files, out) }] : placeFiles(files, out);
  await requireFree(
    placed.map((entry) => entry.path),
    options.flag('force'),
  );
  await writeAllWhole(placed.map(({ path: to, file }) => ({ path: to, bytes: file.bytes })));
  const report = placed.map(({ path: target, file }) => ({ file: target, bytes: file.bytes.length }));
  terminal.result({ format, files: report }, () => report.map(({ file, bytes }) => `Wrote ${file} (${bytes} bytes)`));
  return EXIT.done;
}

export const exportCommand = defineCommand(DESCRIPTION, run);
