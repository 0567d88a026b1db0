import type { PixelCache } from '../../data/batches.js';
import { evaluate as measure } from '../../engine/training/evaluation.js';
import { setUpAdapted } from '../../engine/training/setup.js';
import { classifierModel } from '../../formats/backbones/classifier.js';
import type { AdaptedModel } from '../../formats/types.js';
import { readTrained } from '../../formats/backbones/weights.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Part } from '../../protocol/maps.js';
import type { Evaluation } from '../../protocol/run.js';
import { openAdapted } from '../runs/adapted.js';
import { Arguments, helpText, requireNone, usage, type CommandDescription } from '../arguments.js';
import { EXIT, type Command, type Engine, type Host } from '../machine/host.js';
import {
  DATA_OPTIONS,
  MODEL_OPTIONS,
  modelOverrides,
  openData,
  openModel,
  picturesOf,
  readPictures,
  reportSkipped,
  type Data,
} from '../inputs/inputs.js';
import { percent, significant, table, Terminal } from '../terminal.js';

const PARTS = ['train', 'validation', 'test'] as const satisfies readonly Part[];

const OPTIONS = {
  weights: { value: 'FILE', help: 'adapted.safetensors, or a checkpoint with its backbone inside' },
  ...MODEL_OPTIONS,
  model: {
    value: 'FILE',
    help: 'the backbone they were trained on (default: the bundled one, where it was that); alone, a classifier as it came',
  },
  schedules: {
    value: 'LIST',
    help: "of a classifier as it came: tokens merged in each block, each measured, separated by spaces, as 'none low high' (default: none)",
  },
  'image-size': { value: 'PIXELS', help: "of a classifier as it came: side of the pictures (default: the model's own)" },
  ...DATA_OPTIONS,
  data: { value: 'PATH', help: 'the data set (default: the drawn task they were trained on)' },
  part: { value: PARTS.join('|'), help: 'which part (default: test, or validation where there is no test part)' },
} as const;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'evaluate',
  summary: 'Measures adapted weights, or a classifier as it came: accuracy, accuracy of each class, and pictures a second.',
  details:
    'With --weights: what was adapted. With --model alone: a checkpoint with a head, whose tokens merge by each of the schedules as ToMe\n' +
    'merges them, without any training. Its classes are those of the data set, by name where they are the same, else in their order.',
  options: OPTIONS,
};

interface Report {
  readonly weights: string;
  readonly data: string;
  readonly part: Part;
  readonly evaluation: Evaluation;
  readonly classes: readonly string[];
  /** What `adapt` measured on this part, as the file says. */
  readonly reported: number | null;
  readonly schedule: string;
  readonly tokensLeft: number;
  readonly gmacs: number;
}

type Options = Arguments<keyof typeof OPTIONS>;

function describe({ part, data, evaluation, classes, reported }: Report): string[] {
  const { images, accuracy, loss, imagesPerSecond, classAccuracy, confusion } = evaluation;
  const rows = classes.map((name, label) => {
    const value = classAccuracy[label];
    const pictures = confusion[label]?.reduce((sum, count) => sum + count, 0) ?? 0;
    return [name, `${pictures} pictures`, value === null || value === undefined ? '-' : percent(value)];
  });
  return [
    `Accuracy ${percent(accuracy)} on ${images} pictures of the ${part} part of ${data}, loss ${loss.toFixed(4)}, ${imagesPerSecond.toFixed(1)} images/s`,
    ...(reported === null ? [] : [`The run reported ${percent(reported)}${reported === accuracy ? ': the same' : ''}`]),
    ...table(rows),
  ];
}

/** One thing to measure. */
interface Subject {
  readonly model: AdaptedModel;
  /** What its weights are called in messages. */
  readonly weights: string;
  readonly dataPath: string;
}

async function openWeights(path: string, options: Options, terminal: Terminal): Promise<Subject[]> {
  requireNone(options, ['schedules', 'image-size'], 'is for a classifier as it came; adapted weights say it themselves');
  const { metadata, loaded, backbone } = await openAdapted(path, options.text('model'), terminal, modelOverrides(options));
  const { data } = metadata.configuration;
  const dataPath = options.text('data') ?? (data.startsWith('task:') ? data : undefined);
  if (dataPath === undefined) throw usage(`${path}: was trained on '${data}'; give a data set with --data`);
  return [{ model: { metadata, backbone, trained: await readTrained(loaded) }, weights: path, dataPath }];
}

/** The classifier once for each schedule. */
async function openClassifier(path: string, options: Options, terminal: Terminal): Promise<Subject[]> {
  const { loaded, architecture } = await openModel(path, terminal, modelOverrides(options));
  const dataPath = options.text('data');
  if (dataPath === undefined) throw usage(`${path}: give a data set with --data to measure it on`);
  const imageSize = options.integer('image-size') ?? architecture.imageSize;
  const schedules = (options.text('schedules') ?? 'none').split(/[\s;]+/).filter((word) => word !== '');
  return Promise.all(
    schedules.map(async (schedule) => ({
      model: await classifierModel({ ...loaded, architecture }, { imageSize, schedule }),
      weights: path,
      dataPath,
    })),
  );
}

/** The model with its outputs in the order of the data set's classes, where it knows them all by name. */
function inOrderOf(classes: readonly string[], model: AdaptedModel): AdaptedModel {
  const { metadata, trained } = model;
  const rows = classes.map((name) => metadata.classes.indexOf(name));
  if (rows.includes(-1) || new Set(rows).size !== rows.length) return model;
  const reordered = new Map(trained);
  for (const [name, { shape, data }] of trained) {
    if (!/^head(_dist)?\./.test(name)) continue;
    const width = data.length / rows.length;
    const out = new Float32Array(data.length);
    rows.forEach((row, to) => out.set(data.subarray(row * width, (row + 1) * width), to * width));
    reordered.set(name, { shape, data: out });
  }
  return { ...model, metadata: { ...metadata, classes }, trained: reordered };
}

/** Null where it was stopped. */
async function measureOne(
  subject: Subject,
  data: Data,
  pictures: PixelCache,
  part: Part,
  { engine, host, terminal }: { readonly engine: Engine; readonly host: Host; readonly terminal: Terminal },
): Promise<Report | null> {
  const { dataset } = data;
  const { metadata, backbone, trained } = inOrderOf(dataset.classes, subject.model);
  const setup = setUpAdapted(metadata);
  const network = await engine.createNetwork(setup.architecture, backbone, setup.options, (done, total) =>
    terminal.status(`Preparing the model: ${done} of ${total}`),
  );
  try {
    network.writeTrained(trained);
    const evaluator = await network.evaluator(metadata.configuration.batchSize);
    let stopped = false;
    const release = host.onInterrupt(() => {
      stopped = true;
    });
    const evaluation = await measure(evaluator, pictures, part, {
      gate: async () => (stopped ? 'stop' : 'go'),
      onProgress: (done, total) => terminal.status(`Measuring the ${part} part: ${done} of ${total}`),
    }).finally(release);
    if (!evaluation) return null;
    const reported = part === 'train' ? null : metadata.accuracy[part];
    const { weights } = subject;
    const { tokens } = setup.schedule;
    const cost = { schedule: metadata.configuration.schedule, tokensLeft: tokens.at(-1) ?? 0, gmacs: setup.macs / 1e9 };
    return { weights, data: dataset.name, part, evaluation, classes: dataset.classes, reported, ...cost };
  } finally {
    network.destroy();
  }
}

/** Several schedules side by side. */
function compare(reports: readonly Report[]): string[] {
  const rows = reports.map(({ schedule, tokensLeft, gmacs, evaluation }) => [
    schedule,
    String(tokensLeft),
    significant(gmacs, 4),
    percent(evaluation.accuracy),
    evaluation.loss.toFixed(4),
    `${evaluation.imagesPerSecond.toFixed(1)} images/s`,
  ]);
  const [first] = reports;
  return [
    `On ${first?.evaluation.images ?? 0} pictures of the ${first?.part ?? ''} part of ${first?.data ?? ''}:`,
    ...table([['schedule', 'tokens left', 'GMACs', 'accuracy', 'loss', 'speed'], ...rows]),
  ];
}

async function run(args: readonly string[], host: Host): Promise<number> {
  const options = new Arguments(DESCRIPTION, args);
  const terminal = new Terminal(host.output, host.errors, options.json);
  if (options.help) {
    host.output.write(`${helpText(DESCRIPTION)}\n`);
    return EXIT.done;
  }
  const weights = options.text('weights');
  const model = options.text('model');
  if (weights === undefined && model === undefined) {
    throw usage("evaluate: give --weights FILE, or --model FILE for a classifier as it came; see 'evaluate --help'");
  }
  const subjects =
    weights === undefined ? await openClassifier(model ?? '', options, terminal) : await openWeights(weights, options, terminal);
  const [first] = subjects;
  if (!first) throw usage('--schedules: names no schedule');
  const { configuration, classes } = first.model.metadata;
  const { seed, splitSeed, imageSize } = configuration;
  const data = await openData({ data: first.dataPath, task: options.text('task'), seed, splitSeed });
  const { dataset } = data;
  if (dataset.classes.length !== classes.length) {
    throw new PlaygroundError(
      'data.label',
      `${dataset.name}: has ${dataset.classes.length} classes, but ${first.weights} tells ${classes.length} apart`,
      { subject: dataset.name },
    );
  }
  reportSkipped(data.skipped, terminal);
  const pictures = picturesOf(data, imageSize);
  const part = options.choice('part', PARTS) ?? (dataset.parts.test.length > 0 ? 'test' : 'validation');
  await readPictures(pictures, dataset.parts[part], terminal);

  const engine = await host.openEngine();
  const reports: Report[] = [];
  try {
    for (const subject of subjects) {
      const report = await measureOne(subject, data, pictures, part, { engine, host, terminal });
      if (!report) return EXIT.no;
      reports.push(report);
    }
  } finally {
    engine.close();
  }
  const [report] = reports;
  if (report && reports.length === 1) terminal.result(report, () => describe(report));
  else terminal.result(reports, () => compare(reports));
  return EXIT.done;
}

export const evaluate: Command = { name: DESCRIPTION.name, summary: DESCRIPTION.summary, run };
