import { classifierModel } from '../../formats/backbones/classifier.js';
import { CHECKPOINT_FORMATS, convertCheckpoint, exportModel } from '../../formats/exports/index.js';
import type { Checkpoint } from '../../formats/types.js';
import { loadWeights } from '../../formats/backbones/weights.js';
import type { NamedFile } from '../../protocol/files.js';
import { PlaygroundError } from '../../vit/errors.js';
import { usualImageSize } from '../../vit/architecture.js';
import { type Arguments, requireNone, type CommandDescription } from '../arguments.js';
import { defineCommand } from '../command.js';
import { EXIT } from '../machine/host.js';
import { MODEL_OPTIONS, modelOverrides } from '../inputs/inputs.js';
import { openModelFiles } from '../inputs/model-files.js';
import { placeFiles, requireFree, writeAllWhole } from '../runs/outputs.js';
import { type Terminal } from '../terminal.js';

const TYPES = ['f32', 'f16'] as const;
const FORMATS = [...CHECKPOINT_FORMATS, 'onnx'] as const;

const OPTIONS = {
  to: { value: FORMATS.join('|'), help: 'whose names the tensors get, or the classifier as ONNX (default: timm)' },
  dtype: { value: TYPES.join('|'), help: 'type of the numbers in safetensors (default: f32)' },
  schedule: {
    value: 'none|low|high|LIST',
    help: 'tokens that the ONNX file merges in each block, as ToMe does without training: low, 16, 16@-1 or 16,16,... (default: none)',
  },
  'image-size': { value: 'PIXELS', help: "side of the ONNX file's pictures (default: the model's own)" },
  heads: MODEL_OPTIONS.heads,
  mean: MODEL_OPTIONS.mean,
  std: MODEL_OPTIONS.std,
  out: {
    value: 'PATH',
    help: 'a folder, or for one file its name (default: beside the file, FILE-FORMAT; here where it was fetched)',
  },
  force: { help: 'write over what is there' },
} as const;

type Options = Arguments<keyof typeof OPTIONS>;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'convert',
  positionals: 'FILE',
  summary:
    'Turns a checkpoint of any form that is read here into safetensors under timm’s or Hugging Face’s names, or into ONNX.',
  details:
    'FILE is safetensors, .npz, .pth, or a folder of them with their configuration files; or owner/name[@revision] or https://...,\n' +
    'which is fetched. onnx is for a checkpoint with a classification head; with a schedule its tokens merge inside the file, which makes\n' +
    'it faster and, without training, somewhat less accurate.',
  options: OPTIONS,
};

async function filesOf(
  checkpoint: Checkpoint,
  format: (typeof FORMATS)[number],
  options: Options,
): Promise<readonly NamedFile[]> {
  if (format !== 'onnx') {
    return convertCheckpoint(checkpoint, format, options.choice('dtype', TYPES) === 'f16' ? 'F16' : 'F32');
  }
  const imageSize = options.integer('image-size') ?? usualImageSize(checkpoint.architecture);
  return exportModel(await classifierModel(checkpoint, { imageSize, schedule: options.text('schedule') ?? 'none' }), 'onnx');
}

async function run(options: Options, terminal: Terminal): Promise<number> {
  const path = options.only('file or folder');
  const format = options.choice('to', FORMATS) ?? 'timm';
  requireNone(options, format === 'onnx' ? ['dtype'] : ['schedule', 'image-size'], `changes nothing in ${format}`);
  const { sources, stem } = await openModelFiles(path, terminal);
  const loaded = await loadWeights(sources, modelOverrides(options));
  if (!loaded.architecture) {
    const message = `${path}: holds adapted weights without their backbone, which is no checkpoint to convert; 'export' writes them with it`;
    throw new PlaygroundError('file.unsupported', message, { subject: path });
  }
  const out = options.text('out') ?? `${stem}-${format}`;
  const files = await filesOf({ ...loaded, architecture: loaded.architecture }, format, options);
  const targets = placeFiles(files, out);
  await requireFree(
    targets.map((target) => target.path),
    options.flag('force'),
  );
  await writeAllWhole(targets.map(({ path: to, file }) => ({ path: to, bytes: file.bytes })));
  const report = targets.map((target) => ({ file: target.path, bytes: target.file.bytes.length }));
  terminal.result({ from: loaded.format, format, files: report, notes: loaded.notes, unused: loaded.unused }, () => [
    ...loaded.notes,
    ...(loaded.unused.length === 0 ? [] : [`Left out: ${loaded.unused.join(', ')}`]),
    ...report.map(({ file, bytes }) => `Wrote ${file} (${bytes} bytes)`),
  ]);
  return EXIT.done;
}

export const convert = defineCommand(DESCRIPTION, run);
