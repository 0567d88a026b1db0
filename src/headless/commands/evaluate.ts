import type { PixelCache } from '../../data/batches.js';
import { fingerprintOfPart } from '../../data/identity/fingerprint.js';
import { asKnownBy, matchClasses } from '../../data/identity/match-classes.js';
import type { Dataset } from '../../data/types.js';
import { evaluate as measure } from '../../engine/training/evaluation.js';
import { setUpAdapted } from '../../engine/training/setup.js';
import { describeNormalisation } from '../../formats/backbones/architecture.js';
import { classifierModel } from '../../formats/backbones/classifier.js';
import type { AdaptedModel } from '../../formats/types.js';
import { atOtherRate } from '../../formats/adapted/other-rate.js';
import { readTrained } from '../../formats/backbones/weights.js';
import { PlaygroundError } from '../../vit/errors.js';
import { usualImageSize } from '../../vit/architecture.js';
import type { Part } from '../../protocol/maps.js';
import type { DataFingerprint, Evaluation } from '../../protocol/runs/run.js';
import { openAdapted } from '../runs/adapted.js';
import { dataPlaceOf } from '../runs/local.js';
import { type Arguments, requireNone, usage, type CommandDescription } from '../arguments.js';
import { defineCommand } from '../command.js';
import { readSchedules } from '../inputs/lists.js';
import { EXIT, type Engine, type Host } from '../machine/host.js';
import {
  DATA_OPTIONS,
  MODEL_OPTIONS,
  modelOverrides,
  openData,
  openModel,
  picturesOf,
  readDataPlace,
  readMapping,
  readPictures,
  reportData,
  type DataPlace,
} from '../inputs/inputs.js';
import { percent, significant, table, type Terminal } from '../terminal.js';

const PARTS = ['train', 'validation', 'test'] as const satisfies readonly Part[];

const OPTIONS = {
  weights: { value: 'FILE', help: 'adapted.safetensors, or a checkpoint with its backbone inside' },
  ...MODEL_OPTIONS,
  model: {
    value: 'FILE',
    help: 'the backbone that the weights were trained on (default: the bundled one, if they were trained on it); without --weights, an unadapted classifier',
  },
  schedules: {
    value: 'LIST',
    help: "schedules of tokens merged in each block, each measured, separated by spaces, as 'none low high' (default: the weights' own; none for an unadapted classifier)",
  },
  'image-size': { value: 'PIXELS', help: "of an unadapted classifier: side of the pictures (default: the model's own)" },
  ...DATA_OPTIONS,
  data: { value: 'PATH', help: 'the data set (default: the drawn task they were trained on)' },
  'map-classes': {
    value: 'MAP',
    help: "the model's class for each class of the data, separated by commas or semicolons, as 'kitten=cat,fish='; a class with nothing after = is left out",
  },
  part: { value: PARTS.join('|'), help: 'which part (default: test, or validation where there is no test part)' },
} as const;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'evaluate',
  summary: 'Measures adapted weights, or an unadapted classifier: accuracy, accuracy of each class, and pictures a second.',
  details:
    'With --weights: what was adapted, at other rates too with --schedules: weights of pairs that were never trained are 0, and those pairs\n' +
    'merge as ToMe merges them, as does what was adapted without merging. With --model alone: a checkpoint with a head, whose tokens merge by each of the schedules as ToMe\n' +
    'merges them, without any training. Classes are found by name; the data may have fewer than the weights tell apart. A run left word of\n' +
    'where its backbone and its data were.',
  options: OPTIONS,
};

interface Report {
  readonly weights: string;
  readonly data: string;
  readonly part: Part;
  readonly evaluation: Evaluation;
  readonly classes: readonly string[];
  /** The accuracy that `adapt` measured on this part, as the file records it. */
  readonly reported: number | null;
  /** Whether these are the same pictures as those; null where the file does not say. */
  readonly samePictures: boolean | null;
  /** How the rest of the data differs from what it was trained on, part of a sentence; null where no difference is seen. */
  readonly changed: string | null;
  /** A sentence that says how pixels are normalised and where that is written. */
  readonly normalisation: string;
  readonly schedule: string;
  readonly tokensLeft: number;
  readonly gmacs: number;
}

type Options = Arguments<keyof typeof OPTIONS>;

function describeReported({ reported, samePictures, changed, part, data, evaluation }: Report): string[] {
  if (reported === null) return [];
  if (samePictures === false) {
    return [
      `The run reported ${percent(reported)} on other pictures: those of the ${part} part of ${data} are not the ones that it was measured on, and it may have learnt from some of them`,
    ];
  }
  const same = reported === evaluation.accuracy;
  if (changed !== null) {
    const told = same ? 'the same' : `not the same, ${percent(evaluation.accuracy)}`;
    return [
      `The run reported ${percent(reported)} on these very pictures, and it is ${told}; but the data set has changed since: ${changed}`,
    ];
  }
  return [`The run reported ${percent(reported)}${same ? ': the same' : ''}`];
}

function describe(report: Report): string[] {
  const { part, data, evaluation, classes } = report;
  const { images, accuracy, loss, imagesPerSecond, classAccuracy, confusion } = evaluation;
  const rows = classes.flatMap((name, label) => {
    const value = classAccuracy[label];
    const pictures = confusion[label]?.reduce((sum, count) => sum + count, 0) ?? 0;
    return value === null || value === undefined ? [] : [[name, `${pictures} pictures`, percent(value)]];
  });
  return [
    `Accuracy ${percent(accuracy)} on ${images} pictures of the ${part} part of ${data}, loss ${loss.toFixed(4)}, ${imagesPerSecond.toFixed(1)} images/s`,
    ...describeReported(report),
    ...table(rows),
  ];
}

/** One thing to measure. */
interface Subject {
  readonly model: AdaptedModel;
  /** The name of its weights in messages. */
  readonly weights: string;
  readonly where: DataPlace;
  /** A sentence. */
  readonly normalisation: string;
  /** Whether it merges by the schedule that it was trained with. */
  readonly asTrained: boolean;
}

/** @param otherwise the sentence for a normalisation that the options do not change. */
const normalisedBy = (options: Options, otherwise: string): string =>
  options.text('mean') === undefined && options.text('std') === undefined ? otherwise : 'as it was asked for';

async function openWeights(path: string, options: Options, terminal: Terminal): Promise<Subject[]> {
  requireNone(options, ['image-size'], 'is for an unadapted classifier; adapted weights say it themselves');
  const opened = await openAdapted({ path, given: options.text('model'), overrides: modelOverrides(options), terminal });
  const { metadata, loaded, backbone, local } = opened;
  const where = dataPlaceOf(path, metadata.configuration.data, readDataPlace(options), local);
  const normalisation = describeNormalisation(metadata.architecture, normalisedBy(options, 'as it was trained'));
  const model = { metadata, backbone, trained: await readTrained(loaded) };
  const schedules = options.text('schedules');
  if (schedules === undefined) return [{ model, weights: path, where, normalisation, asTrained: true }];
  return readSchedules(schedules).map((schedule) => {
    const other = atOtherRate(model, schedule);
    for (const note of other.notes) terminal.note(note);
    const asTrained = other.model.metadata.schedule.join() === metadata.schedule.join();
    return { model: other.model, weights: path, where, normalisation, asTrained };
  });
}

/** The unadapted classifier, once for each schedule. */
async function openClassifier(path: string, options: Options, terminal: Terminal): Promise<Subject[]> {
  const { loaded, architecture } = await openModel(path, terminal, modelOverrides(options));
  const { place, options: how } = readDataPlace(options);
  if (place === undefined) throw usage(`${path}: give a data set with --data to measure it on`);
  const imageSize = options.integer('image-size') ?? usualImageSize(architecture);
  const schedules = readSchedules(options.text('schedules') ?? 'none');
  return Promise.all(
    schedules.map(async (schedule) => ({
      model: await classifierModel({ ...loaded, architecture }, { imageSize, schedule }),
      weights: path,
      where: { place, options: how },
      normalisation: loaded.normalisation ?? '',
      asTrained: true,
    })),
  );
}

/** The data that the subjects are measured on. */
interface Ground {
  readonly pictures: PixelCache;
  readonly part: Part;
  readonly samePictures: boolean | null;
  readonly changed: string | null;
}

interface Machine {
  readonly engine: Engine;
  readonly host: Host;
  readonly terminal: Terminal;
}

/** Null where the measurement was stopped. */
async function measureOne(subject: Subject, ground: Ground, { engine, host, terminal }: Machine): Promise<Report | null> {
  const { pictures, part, samePictures, changed } = ground;
  const { metadata, backbone, trained } = subject.model;
  const setup = setUpAdapted(metadata);
  const network = await engine.createNetwork(setup.architecture, backbone, setup.options, (done, total) =>
    terminal.status(`Preparing the model: ${done} of ${total}`),
  );
  try {
    network.writeTrained(trained);
    const evaluator = await network.evaluator(metadata.configuration.batchSize, (done, total, stage) =>
      terminal.stage(stage, done, total),
    );
    let stopped = false;
    const release = host.onInterrupt(() => {
      stopped = true;
    });
    const evaluation = await measure(evaluator, pictures, part, {
      gate: async () => (stopped ? 'stop' : 'go'),
      onProgress: (done, total) => terminal.status(`Measuring the ${part} part: ${done} of ${total}`),
    }).finally(release);
    if (!evaluation) return null;
    const { tokens } = setup.schedule;
    return {
      weights: subject.weights,
      data: pictures.dataset.name,
      part,
      evaluation,
      classes: metadata.classes,
      reported: part === 'train' || !subject.asTrained ? null : metadata.accuracy[part],
      samePictures,
      changed,
      normalisation: subject.normalisation,
      schedule: metadata.configuration.schedule,
      tokensLeft: tokens.at(-1) ?? 0,
      gmacs: setup.macs / 1e9,
    };
  } finally {
    network.destroy();
  }
}

/** A table of several schedules side by side. */
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

/** Opens the data, matches its classes with the model's, and reads the pictures of the wanted part. */
async function prepareGround({ model, weights, where }: Subject, options: Options, terminal: Terminal): Promise<Ground> {
  const { configuration, architecture, classes, dataFingerprint } = model.metadata;
  const { seed, splitSeed, splitShares, taskPictures, imageSize } = configuration;
  const data = await openData({ ...where, seed, splitSeed, splitShares, taskPictures });
  const { dataset } = data;
  const match = matchClasses(dataset.classes, classes, {
    data: dataset.name,
    model: weights,
    asked: readMapping(options.text('map-classes'), 'map-classes'),
    remedy: "say which is which with --map-classes, as 'kitten=cat,fish='",
  });
  for (const note of match.notes) terminal.note(note);
  reportData(data, terminal);
  const pictures = picturesOf({ dataset: asKnownBy(dataset, classes, match) }, imageSize, architecture);
  const part = options.choice('part', PARTS) ?? (dataset.parts.test.length > 0 ? 'test' : 'validation');
  await readPictures(pictures, pictures.dataset.parts[part], terminal);
  const samePictures = dataFingerprint
    ? (await fingerprintOfPart(
        { dataset, usable: (indices) => pictures.usable(indices), digest: (index) => pictures.digest(index) },
        part,
      )) === dataFingerprint[part]
    : null;
  if (samePictures === false && options.text('data') === undefined) {
    const message = `${weights}: the pictures in ${where.place} are not the ones any more that it was trained and measured on; give the data set with --data`;
    throw new PlaygroundError('option.invalid', message, { subject: 'data' });
  }
  return { pictures, part, samePictures, changed: dataFingerprint ? changeOf(dataset, dataFingerprint) : null };
}

/** The numbers of pictures that the parts list now, where they listed others at training; null where the numbers are equal. */
function changeOf({ parts }: Dataset, { listed }: DataFingerprint): string | null {
  if (!listed || PARTS.every((part) => parts[part].length === listed[part])) return null;
  const now = PARTS.map((part) => parts[part].length).join(' + ');
  const then = PARTS.map((part) => listed[part]).join(' + ');
  return `it has ${now} pictures to train, validate and test, and had ${then}`;
}

async function run(options: Options, terminal: Terminal, host: Host): Promise<number> {
  const weights = options.text('weights');
  const model = options.text('model');
  if (weights === undefined && model === undefined) {
    throw usage("evaluate: give --weights FILE, or --model FILE for an unadapted classifier; see 'evaluate --help'");
  }
  const subjects =
    weights === undefined ? await openClassifier(model ?? '', options, terminal) : await openWeights(weights, options, terminal);
  const [first] = subjects;
  if (!first) throw usage('--schedules: names no schedule');
  const ground = await prepareGround(first, options, terminal);
  terminal.line(first.normalisation);
  const engine = await host.openEngine();
  const reports: Report[] = [];
  try {
    for (const subject of subjects) {
      const report = await measureOne(subject, ground, { engine, host, terminal });
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

export const evaluate = defineCommand(DESCRIPTION, run);
