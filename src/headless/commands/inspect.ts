import { validateImages } from '../../data/dataset.js';
import { samePictures } from '../../data/identity/duplicates.js';
import { openDataset } from '../../data/open.js';
import { recogniseFiles } from '../../data/recognise.js';
import { foreignFile, isMeantAsWeights } from '../../formats/backbones/files/foreign.js';
import { inspectWeights, type WeightsReport } from '../../formats/backbones/inspect.js';
import { describeOnnx, looksLikeOnnx, type OnnxDescription } from '../../formats/onnx/describe.js';
import type { SkippedFile } from '../../protocol/api.js';
import type { Architecture } from '../../vit/architecture.js';
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { runSchema, type RunRecord } from '../../protocol/runs/run.js';
import { type Arguments, usage, type CommandDescription } from '../arguments.js';
import { defineCommand } from '../command.js';
import { EXIT } from '../machine/host.js';
import { sharpDecoder } from '../machine/images.js';
import { RECIPE_OPTIONS, readSplit } from '../inputs/configuration.js';
import { questionLine, understoodOf } from '../inputs/data-words.js';
import { DATA_OPTIONS, guessLine, MODEL_OPTIONS, modelOverrides, readDataOptions, readingOptions } from '../inputs/inputs.js';
import { openModelFiles } from '../inputs/model-files.js';
import { percent, table, type Terminal } from '../terminal.js';

const OPTIONS = {
  heads: MODEL_OPTIONS.heads,
  mean: MODEL_OPTIONS.mean,
  std: MODEL_OPTIONS.std,
  task: DATA_OPTIONS.task,
  form: DATA_OPTIONS.form,
  'label-column': DATA_OPTIONS['label-column'],
  'part-column': DATA_OPTIONS['part-column'],
  'split-seed': RECIPE_OPTIONS['split-seed'],
  split: RECIPE_OPTIONS.split,
  as: { value: 'data|weights', help: 'what to take it for, where it might be either' },
  tensors: { help: 'list every tensor of a weights file' },
} as const;

type Options = Arguments<keyof typeof OPTIONS>;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'inspect',
  positionals: 'FILE',
  summary: 'Says what a weights file, a data set or a run is, and names every problem found in it.',
  details: 'Recognised by content; owner/name[@revision] or https://... is fetched. Exit code 2: it cannot be used.',
  options: OPTIONS,
};

export function describeArchitecture(a: Architecture): string {
  return `${a.depth} blocks, ${a.embedDim} channels, ${a.heads} heads, MLP of ${a.mlpHidden}, patches of ${a.patchSize} pixels, made for ${a.imageSize} x ${a.imageSize}${a.distilled ? ', distillation token' : ''}${a.registers > 0 ? `, ${a.registers} register tokens` : ''}; pixels less ${a.mean.join(' ')}, over ${a.std.join(' ')}`;
}

function describeWeights(report: WeightsReport, everything: boolean): string[] {
  const { adapted } = report;
  const types = [...new Set(report.tensors.map(({ type }) => type))].join(', ');
  return [
    `${report.name}: ${report.format ?? 'no model'} (${report.container ?? 'unreadable'}), ${report.tensors.length} tensors${types === '' ? '' : ` of ${types}`}, ${report.parameters} parameters`,
    ...(report.architecture ? [`Architecture: ${describeArchitecture(report.architecture)}`] : []),
    ...(adapted
      ? [
          `Adapted: ${adapted.configuration.method}, ${adapted.configuration.peft}, to ${adapted.classes.length} classes of ${adapted.configuration.data}, on ${adapted.configuration.model}; merges ${adapted.schedule.join(' ')}`,
          ...(['validation', 'test'] as const).flatMap((part) => {
            const accuracy = adapted.accuracy[part];
            return accuracy === null ? [] : [`  ${part} accuracy ${percent(accuracy)}`];
          }),
        ]
      : []),
    ...report.notes,
    ...report.guesses.map(guessLine),
    ...(report.unused.length > 0 ? [`Not used: ${report.unused.join(', ')}`] : []),
    ...(everything ? table(report.tensors.map(({ name, type, shape }) => [`  ${name}`, type, `[${shape.join(', ')}]`])) : []),
  ];
}

/** Opens the data, decodes every picture once, and reports what was found and what is wrong. */
async function inspectData(files: readonly ByteSource[], name: string, options: Options, terminal: Terminal): Promise<number> {
  const opened = await openDataset(files, sharpDecoder, {
    name,
    ...readSplit(options),
    ...readingOptions(readDataOptions(options)),
  });
  const { dataset, skipped } = opened;
  const broken = await validateImages(dataset, (done, total) => {
    if (done % 16 === 0) terminal.status(`Reading pictures: ${done} of ${total}`);
  });
  const lost = new Set(broken.map(({ index }) => index));
  const understood = understoodOf(opened, lost);
  const digest = async (index: number): Promise<string | null> => (lost.has(index) ? null : dataset.digest(index));
  const twice = await samePictures(dataset, digest, understood.partsFrom !== null);
  const problems: SkippedFile[] = [...skipped, ...broken.map(({ name: file, reason }) => ({ name: file, reason }))];
  const whole = (indices: readonly number[]): number => indices.filter((index) => !lost.has(index)).length;
  const { train, validation, test } = dataset.parts;
  const pictures = { train: whole(train), validation: whole(validation), test: whole(test) };
  const { classes, ...said } = understood;
  const report = { kind: 'data', name, form: dataset.form, classes, pictures, split: dataset.split, ...said, twice, problems };
  terminal.result(report, () => [
    `${name}: a data set (${dataset.form}), ${dataset.length - lost.size} pictures of ${classes.length} classes, by ${said.classesFrom}`,
    `Parts: ${pictures.train} to train, ${pictures.validation} to validate, ${pictures.test} to test`,
    dataset.split,
    ...table(classes.map((entry) => [`  ${entry.name}`, `${entry.pictures} pictures`])),
    ...said.notes,
    ...said.questions.map(questionLine),
    ...twice,
    ...problems.map(({ name: file, reason }) => `Left out: ${reason.includes(file) ? reason : `${file}: ${reason}`}`),
    ...(problems.length === 0 && twice.length === 0 ? ['No problems found.'] : []),
  ]);
  return EXIT.done;
}

function describeRun(run: RunRecord): string[] {
  return [
    `${run.name}: a run of ${run.configuration.method}, ${run.configuration.peft} on ${run.configuration.model}, with ${run.configuration.data}; ${run.state} after ${run.epochs.length} of ${run.configuration.epochs} epochs`,
    `Adapter: ${run.adapter.name}`,
    ...(run.validation ? [`Validation accuracy ${percent(run.validation.accuracy)} (best, epoch ${run.bestEpoch ?? 0})`] : []),
    ...(run.test ? [`Test accuracy ${percent(run.test.accuracy)}`] : []),
    ...(run.error ? [`It failed: ${run.error.message}`] : []),
  ];
}

/** Long metadata entries are shown only with `--json`. */
function describeOnnxFile(name: string, { producer, opset, metadata }: OnnxDescription): string[] {
  const short = Object.entries(metadata).filter(([, value]) => value.length <= 200);
  return [
    `${name}: an ONNX model (opset ${opset ?? 'not told'}) of ${producer === '' ? 'an unnamed producer' : producer}; it runs in onnxruntime and is not read here`,
    ...short.map(([key, value]) => `  ${key}: ${value}`),
  ];
}

async function readRun(file: ByteSource): Promise<RunRecord> {
  const text = new TextDecoder().decode(await file.read(0, file.size));
  const parsed = runSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PlaygroundError(
    'file.damaged',
    `${file.name}: is no run that is read here: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    { subject: file.name },
  );
}

async function run(options: Options, terminal: Terminal): Promise<number> {
  const path = options.only('file or folder');
  const { sources: files, name } = await openModelFiles(path, terminal);
  const kind = options.choice('as', ['data', 'weights'] as const) ?? (await recogniseFiles(files));
  if (kind === 'data') return inspectData(files, name, options, terminal);
  if (kind === 'run') {
    const [file] = files;
    const record = await readRun(file ?? (await Promise.reject(usage(`inspect: ${path} is empty`))));
    terminal.result({ kind, run: record }, () => describeRun(record));
    return EXIT.done;
  }
  const [only, ...others] = files;
  if (kind === 'unknown' && only && others.length === 0 && (await looksLikeOnnx(only))) {
    const report = await describeOnnx(only);
    terminal.result({ kind: 'onnx', name: only.name, ...report }, () => describeOnnxFile(only.name, report));
    return EXIT.done;
  }
  if (kind === 'unknown' && only && others.length === 0 && isMeantAsWeights(only)) throw await foreignFile(only);
  if (kind === 'unknown') {
    throw new PlaygroundError('file.unsupported', `${path}: is no weights file, no data set and no run that is known here`, {
      subject: path,
    });
  }
  const report = await inspectWeights(files, modelOverrides(options));
  terminal.result({ kind, ...report }, () => [
    ...describeWeights(report, options.flag('tensors')),
    ...(report.problems.length === 0 ? ['No problems found.'] : []),
  ]);
  for (const { message } of report.problems) terminal.note(message);
  return report.problems.length === 0 ? EXIT.done : EXIT.bad;
}

export const inspect = defineCommand(DESCRIPTION, run);
