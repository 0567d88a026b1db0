import { join } from 'node:path';
import { adaptedMetadata, setUpRun } from '../../engine/training/setup.js';
import { parseAdapted } from '../../formats/adapted/adapted.js';
import { exportModel } from '../../formats/exports/index.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { PAPER_RECIPE, withEpochs } from '../../vit/configuration.js';
import { UNREDUCED } from '../../vit/methods/index.js';
import { type Arguments, requireNone, type CommandDescription } from '../arguments.js';
import { defineCommand } from '../command.js';
import { readDraws, RECIPE_OPTIONS, requireConfiguration } from '../inputs/configuration.js';
import { byteSourceFromPath } from '../inputs/files.js';
import { DATA_OPTIONS, MODEL_OPTIONS, modelOverrides, openData, openModel, readDataPlace } from '../inputs/inputs.js';
import { scratchPlace } from '../inputs/scratch.js';
import { EXIT, type Host } from '../machine/host.js';
import { writeAllWhole } from '../runs/outputs.js';
import { prepareAgain, prepareNamed, trainPrepared, type Prepared } from '../runs/prepared.js';
import { pretrainingCard } from '../runs/pretraining-card.js';
import { WEIGHTS_FILE } from '../runs/run-files.js';
import { percent, type Terminal } from '../terminal.js';

const { epochs, batch, lr, seed, recompute } = RECIPE_OPTIONS;
const DEFAULTS = {
  channels: 48,
  blocks: 12,
  heads: 3,
  patch: 8,
  side: 96,
  epochs: 20,
  weightDecay: 0.05,
} as const;
/** Drawn pictures to train, validate and test. */
const PICTURES: [number, number, number] = [20_000, 2000, 2000];
/** The folder of the backbone inside the run's folder. */
const BACKBONE_FOLDER = 'backbone';

const OPTIONS = {
  ...MODEL_OPTIONS,
  model: { value: 'FILE', help: 'a backbone to go on from (default: a new one, of the sizes below)' },
  channels: { value: 'N', help: `channels of a new backbone (default: ${DEFAULTS.channels})` },
  blocks: { value: 'N', help: `its blocks (default: ${DEFAULTS.blocks})` },
  'attention-heads': { value: 'N', help: `its attention heads (default: ${DEFAULTS.heads})` },
  patch: { value: 'PIXELS', help: `the side of its patches (default: ${DEFAULTS.patch})` },
  ...DATA_OPTIONS,
  data: {
    value: 'PATH',
    help: 'a folder, a zip, ... of labelled pictures, task:NAME for drawn ones, task:all for those of all tasks (default)',
  },
  'image-size': { value: 'PIXELS', help: `side of the pictures (default: the model's own; ${DEFAULTS.side} of a new one)` },
  epochs: { ...epochs, help: `epochs, of which a tenth warms up (default: ${DEFAULTS.epochs})` },
  ...{ batch, lr, seed, recompute },
  'weight-decay': { value: 'RATE', help: `weight decay (default: ${DEFAULTS.weightDecay})` },
  pictures: {
    value: 'A,B,C',
    help: `of a drawn task, to train, validate and test (default: ${PICTURES.join(',')})`,
  },
  'split-seed': RECIPE_OPTIONS['split-seed'],
  split: RECIPE_OPTIONS.split,
  name: { value: 'TEXT', help: 'what to call the run (default: pretrained-SIZES)' },
  out: { value: 'DIR', help: `where the run and its ${BACKBONE_FOLDER}/ go (default: runs/NAME)` },
  force: { help: 'write over the run that is in DIR' },
  resume: { value: 'DIR', help: 'go on with the run in this folder after its last epoch, to the same bytes' },
} as const;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'pretrain',
  summary: 'Trains a backbone, every weight of it, on drawn or on labelled pictures.',
  details:
    `The backbone with the weights of the best epoch goes into DIR/${BACKBONE_FOLDER}: model.safetensors under timm's names, config.json, and a\n` +
    'README.md that says how it was made. It is what --model takes, and timm loads the folder. Ctrl-C ends the run after the step and still\n' +
    'writes what there is; --resume goes on with it.',
  options: OPTIONS,
};

type Options = Arguments<keyof typeof OPTIONS>;

/** Options that a resumed run keeps from its start. */
const FIXED = [
  ...(['channels', 'blocks', 'attention-heads', 'patch', 'image-size', 'epochs', 'batch', 'lr', 'seed', 'weight-decay'] as const),
  ...(['pictures', 'split-seed', 'split', 'heads', 'mean', 'std', 'name', 'out'] as const),
];

const SIZES = ['channels', 'blocks', 'attention-heads', 'patch'] as const;

/** The place of the backbone to start with: the given one, or a new one of the given sizes. */
function backboneOf(options: Options): string {
  const given = options.text('model');
  if (given !== undefined) {
    requireNone(options, SIZES, 'is a size of a new backbone, and --model gives one that has its own');
    return given;
  }
  return scratchPlace({
    channels: options.integer('channels') ?? DEFAULTS.channels,
    blocks: options.integer('blocks') ?? DEFAULTS.blocks,
    heads: options.integer('attention-heads') ?? DEFAULTS.heads,
    patch: options.integer('patch') ?? DEFAULTS.patch,
    side: options.integer('image-size') ?? DEFAULTS.side,
    seed: readDraws(options).seed,
  });
}

async function prepareNew(options: Options, terminal: Terminal): Promise<Prepared> {
  const overrides = modelOverrides(options);
  const model = await openModel(backboneOf(options), terminal, overrides);
  const asked = readDraws(options);
  const draws = { ...asked, taskPictures: asked.taskPictures ?? PICTURES };
  const data = await openData({ place: 'task:all', ...readDataPlace(options), ...draws });
  const { architecture } = model;
  const configuration = requireConfiguration({
    ...withEpochs(PAPER_RECIPE, options.integer('epochs') ?? DEFAULTS.epochs),
    ...draws,
    model: model.name,
    ...{ heads: overrides.heads ?? null, mean: overrides.mean ?? null, std: overrides.std ?? null },
    data: data.name,
    imageSize: options.integer('image-size') ?? architecture.imageSize,
    ...{ method: UNREDUCED, peft: 'full', schedule: 'none' },
    batchSize: options.integer('batch') ?? PAPER_RECIPE.batchSize,
    learningRate: options.number('lr') ?? PAPER_RECIPE.learningRate,
    weightDecay: options.number('weight-decay') ?? DEFAULTS.weightDecay,
    recompute: options.flag('recompute'),
  });
  const setup = setUpRun(configuration, architecture, data.dataset.classes.length);
  const { embedDim, depth, heads, patchSize } = architecture;
  const name = options.text('name') ?? `pretrained-${embedDim}x${depth}x${heads}p${patchSize}`;
  return prepareNamed({ model, data, setup, name }, options);
}

/** Writes the run's weights as a backbone. */
async function writeBackbone({ model, folder }: Prepared, record: RunRecord): Promise<string[]> {
  const { metadata, trained } = await parseAdapted(await byteSourceFromPath(join(folder, WEIGHTS_FILE)));
  const files = await exportModel({ metadata, backbone: model.reader, trained }, 'timm', { oneFile: true });
  const card = pretrainingCard(record, adaptedMetadata(record, model.architecture).architecture);
  const written = files.map(({ name, bytes }) => ({
    path: join(folder, BACKBONE_FOLDER, name),
    bytes: name === 'README.md' ? new TextEncoder().encode(card) : bytes,
  }));
  await writeAllWhole(written);
  return written.map(({ path }) => path);
}

async function run(options: Options, terminal: Terminal, host: Host): Promise<number> {
  const resumed = options.text('resume');
  const prepared = await (resumed === undefined
    ? prepareNew(options, terminal)
    : prepareAgain(resumed, options, FIXED, terminal));
  const { record, files } = await trainPrepared(prepared, host, terminal);
  const backbone = record.validation === null ? [] : await writeBackbone(prepared, record);
  terminal.result({ run: record, files: [...files, ...backbone] }, () => [
    ...(record.error ? [`Failed: ${record.error.message}`] : []),
    ...(record.state === 'stopped' ? [`Stopped after ${record.epochs.length} of ${record.configuration.epochs} epochs.`] : []),
    ...(record.validation
      ? [`Validation accuracy ${percent(record.validation.accuracy)} (best, epoch ${record.bestEpoch ?? 0})`]
      : []),
    ...[...files, ...backbone].map((file) => `Wrote ${file}`),
  ]);
  return record.state === 'failed' ? EXIT.no : EXIT.done;
}

export const pretrain = defineCommand(DESCRIPTION, run);
