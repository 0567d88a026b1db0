import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { setUpRun } from '../../engine/training/setup.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { BUNDLED, PAPER_RECIPE } from '../../vit/configuration.js';
import { COMPARED, METHODS } from '../../vit/methods/index.js';
import { type Arguments, invalid, optionNames, requireNone, usage, type CommandDescription } from '../arguments.js';
import { defineCommand } from '../command.js';
import { readConfiguration, RECIPE_OPTIONS } from '../inputs/configuration.js';
import { DATA_OPTIONS, dataName, MODEL_OPTIONS, modelOverrides, readDataOptions, readMapping } from '../inputs/inputs.js';
import { readMethods, readSchedules } from '../inputs/lists.js';
import { EXIT, type Command, type Engine, type Host } from '../machine/host.js';
import { requirePlace, RUNS_FOLDER, writeWhole } from '../runs/outputs.js';
import { readSweepFile, RECIPES, relocate, type SweepBackbone, type SweepFile } from '../sweep/config.js';
import { forecast, macsOf, picturesOfRun, type ForecastRun } from '../sweep/forecast.js';
import { isThere, SweepInputs } from '../sweep/inputs.js';
import { KnownRuns } from '../sweep/known.js';
import { OWN_LISTS, pointsOf, readShard, shardOf, type Point } from '../sweep/points.js';
import { Progress } from '../sweep/progress.js';
import { runPoints, type PointOutcome, type SweepRequest } from '../sweep/train.js';
import { csv, duration, percent, significant, table, type Terminal } from '../terminal.js';

const CHOICES = {
  methods: { value: 'LIST', help: `methods, separated by commas (default: ${COMPARED.join()}; there are ${METHODS.join(', ')})` },
  schedules: { value: 'LIST', help: "schedules, separated by spaces or semicolons (default: 'low high')" },
  seeds: { value: 'LIST', help: 'seeds, separated by commas (default: 0)' },
  ...MODEL_OPTIONS,
  ...DATA_OPTIONS,
  ...RECIPE_OPTIONS,
  method: { ...RECIPE_OPTIONS.method, hidden: true },
  schedule: { ...RECIPE_OPTIONS.schedule, hidden: true },
  seed: { ...RECIPE_OPTIONS.seed, hidden: true },
} as const;

/** Options of one run, with those that list them for a sweep. */
const SINGULAR = [
  ['method', 'methods'],
  ['schedule', 'schedules'],
  ['seed', 'seeds'],
] as const;

const OPTIONS = {
  ...CHOICES,
  recipe: {
    value: RECIPES.join('|'),
    help: "paper: PYRA's rate searched on the validation part, then all 1000 pictures trained on; released: as the released script does it",
  },
  places: {
    value: 'MAP',
    help: "where CONFIG's data sets lie instead: 'sign-digits.zip=/data/sign-digits.zip', with commas between",
  },
  shard: { value: 'I/N', help: 'run every N-th of the runs, beginning with the I-th: shards share nothing but DIR' },
  'dry-run': { help: 'say how long it will take, and how much memory, and train nothing' },
  known: { value: 'PATH', help: 'a folder of runs, or a file of results: what is finished there is not trained again' },
  out: {
    value: 'DIR',
    help: 'where each run gets a folder, and sweep.csv goes (default: runs/sweep, or runs/ and the name of CONFIG)',
  },
  force: { help: 'train anew, and write over, what DIR has already' },
} as const;

type Options = Arguments<keyof typeof OPTIONS>;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'sweep',
  positionals: '[CONFIG]',
  summary: 'Adapts with every combination of methods, schedules, seeds and more, one after the other.',
  details:
    'CONFIG is a JSON file that lists backbones, tasks, methods, ways to adapt, schedules and seeds (docs/study.md); without one the options\n' +
    'say them. A run that DIR has already, finished with the same configuration on the same pictures and backbone, is not trained again: a\n' +
    'sweep that was interrupted or killed goes on after the last epoch that ended. Ctrl-C ends the run under way after its step, and the\n' +
    'sweep. Exit code 1: a run failed.',
  options: OPTIONS,
};

function readSeedList(text: string): number[] {
  return text.split(',').map((word) => {
    const seed = Number(word);
    if (!/^\d+$/.test(word.trim()) || seed > 0xffff_ffff) throw invalid('seeds', `has '${word}', which is no seed`);
    return seed;
  });
}

const DEFAULT_DATA = 'task:texture';

/** A sweep like one read from a file, made from the options. */
async function sweepOfOptions(options: Options, inputs: SweepInputs): Promise<SweepFile> {
  const { heads, mean, std } = modelOverrides(options);
  const backbone: SweepBackbone = {
    path: options.text('model') ?? BUNDLED,
    ...{ heads, mean, std },
  };
  const { model } = await inputs.backbone(backbone);
  const place = options.text('data') ?? DEFAULT_DATA;
  const named = {
    model: model.name,
    data: dataName(place),
    architecture: model.architecture,
    overrides: modelOverrides(options),
  };
  const base = readConfiguration(options, named);
  // A recipe's settings apply where the options say nothing else.
  const said = Object.entries(base).filter(
    ([name, value]) => !isDeepStrictEqual(value, Object.entries(PAPER_RECIPE).find(([other]) => other === name)?.[1]),
  );
  const recipe = options.choice('recipe', RECIPES);
  return {
    format: 'pyra-playground-sweep',
    version: 1,
    backbones: [backbone],
    tasks: [{ data: place, options: readDataOptions(options), optional: false }],
    methods: readMethods(options.text('methods') ?? COMPARED.join()),
    peft: [base.peft],
    schedules: readSchedules(options.text('schedules') ?? 'low high'),
    seeds: readSeedList(options.text('seeds') ?? '0'),
    ...(recipe ? { recipe } : {}),
    settings: { imageSize: base.imageSize, ...Object.fromEntries(said.filter(([name]) => !OWN_LISTS.includes(name))) },
    runs: [{}],
  };
}

/** The sweep from its file or the options, without optional data sets that are missing. */
async function readSweep(options: Options, inputs: SweepInputs, terminal: Terminal): Promise<SweepFile> {
  for (const [one, list] of SINGULAR) requireNone(options, [one], `is for one run; a sweep takes --${list}`);
  const [path, second] = options.positionals;
  if (second !== undefined) throw usage(`sweep: '${second}' is a second CONFIG; one at a time`);
  if (path === undefined) {
    requireNone(options, ['places'], 'is for a CONFIG that names data sets');
    return sweepOfOptions(options, inputs);
  }
  requireNone(options, [...optionNames(CHOICES), 'recipe'], `is said by ${path} where a CONFIG is given`);
  const sweep = relocate(await readSweepFile(path), readMapping(options.text('places'), 'places'));
  for (const sentence of missingTasks(sweep)) terminal.note(sentence);
  return sweep;
}

/** A sentence for each missing data set that is optional. Throws for a missing one that is needed. */
function missingTasks({ tasks = [], runs }: SweepFile): string[] {
  const missing = new Map(
    [...tasks, ...runs.flatMap((block) => block.tasks ?? [])].filter((task) => !isThere(task)).map((task) => [task.data, task]),
  );
  return [...missing.values()].map((task) => {
    const name = basename(task.data);
    const remedy = `say where it is with --places ${name}=PATH`;
    if (!task.optional) throw invalid('places', `does not say where '${name}' is, and it is not at ${task.data}; ${remedy}`);
    return `Left out: the runs on ${name}, which is not at ${task.data}; ${remedy}`;
  });
}

async function planned(options: Options, inputs: SweepInputs, terminal: Terminal): Promise<Point[]> {
  const sweep = await readSweep(options, inputs, terminal);
  const sides = new Map<string, number>();
  for (const backbone of [
    ...(sweep.backbones ?? [{ path: BUNDLED }]),
    ...sweep.runs.flatMap(({ backbones }) => backbones ?? []),
  ]) {
    const { model } = await inputs.backbone(backbone);
    sides.set(JSON.stringify(backbone), backbone.path === BUNDLED ? PAPER_RECIPE.imageSize : model.architecture.imageSize);
  }
  const points = pointsOf(sweep, (backbone) => sides.get(JSON.stringify(backbone)) ?? PAPER_RECIPE.imageSize);
  const wanted = shardOf(
    points.filter(({ task }) => isThere(task)),
    readShard(options.text('shard')),
  );
  // Impossible runs are refused here, before hours are spent. The number of classes does not matter for that.
  for (const { backbone, configuration } of wanted)
    setUpRun(configuration, (await inputs.backbone(backbone)).model.architecture, 2);
  return wanted;
}

/** Every run of the points, each with its cost. */
async function workOf(points: readonly Point[], inputs: SweepInputs, fingerprints: boolean): Promise<ForecastRun[]> {
  const works: ForecastRun[] = [];
  for (const { backbone: wanted, task, configuration, search } of points) {
    const backbone = await inputs.backbone(wanted);
    const { epochs } = configuration;
    const macs = macsOf(configuration, backbone.model.architecture);
    for (const run of [...search, configuration]) {
      const counted = fingerprints
        ? picturesOfRun(run, await inputs.fingerprint(task, run, backbone.model.architecture)) / epochs
        : 1;
      works.push({ configuration: run, backbone, task, macs, epochs, pictures: counted });
    }
  }
  return works;
}

const outOf = (options: Options): string => {
  const [path] = options.positionals;
  return options.text('out') ?? join(RUNS_FOLDER, path === undefined ? 'sweep' : basename(path).replace(/\.json$/, ''));
};

const HEAD = [
  ...['method', 'schedule', 'seed', 'gmacs', 'tokens_left', 'validation', 'test', 'training_img_s', 'test_img_s', 'state'],
  ...['adapter', 'model', 'data'],
];

function cells({ configuration, macs, tokens, validation, test, epochs, state }: RunRecord): string[] {
  const { data, model, method, peft, schedule, seed } = configuration;
  return [
    ...[method, schedule, String(seed)],
    significant(macs / 1e9, 4),
    String(tokens.at(-1) ?? ''),
    validation?.accuracy.toFixed(4) ?? '',
    test?.accuracy.toFixed(4) ?? '',
    significant(epochs.at(-1)?.imagesPerSecond, 4),
    significant(test?.imagesPerSecond, 4),
    ...[state, peft, model, data],
  ];
}

async function dryRun(
  points: readonly Point[],
  known: KnownRuns,
  inputs: SweepInputs,
  host: Host,
  terminal: Terminal,
): Promise<number> {
  const all = await workOf(points, inputs, true);
  const left: ForecastRun[] = [];
  for (const run of all) if (!(await isKnown(run, known, inputs))) left.push(run);
  const engine = await host.openEngine();
  try {
    const told = await forecast(left, engine);
    terminal.result({ ...told, finished: all.length - left.length }, () => [
      `${all.length} runs, of which ${all.length - left.length} are finished`,
      `Left: ${told.runs} runs, about ${duration(told.hours * 3600)} on ${told.machine}, by a step of the dearest just now`,
      `Memory: ${(told.bytes / 2 ** 20).toFixed(0)} MiB at most, beside the pictures`,
    ]);
    return EXIT.done;
  } finally {
    engine.close();
  }
}

async function isKnown({ configuration, backbone, task }: ForecastRun, known: KnownRuns, inputs: SweepInputs): Promise<boolean> {
  const dataFingerprint = await inputs.fingerprint(task, configuration, backbone.model.architecture);
  return (await known.find({ configuration, dataFingerprint, backboneFingerprint: backbone.fingerprint })) !== null;
}

/** Finished runs in the sweep's own folder and in the other places that were named. Throws `option.invalid` where one of those is not there. */
async function knownOf(options: Options): Promise<KnownRuns> {
  const elsewhere = options.text('known');
  if (elsewhere !== undefined && !existsSync(elsewhere)) throw invalid('known', `is '${elsewhere}', and nothing is there`);
  if (options.flag('force')) return KnownRuns.below([]);
  return KnownRuns.below([outOf(options), ...(elsewhere === undefined ? [] : [elsewhere])]);
}

/** @param onRecord called with each finished run and its folder. */
const commandOf = (onRecord?: SweepRequest['onRecord']): Command =>
  defineCommand(DESCRIPTION, (options, terminal, host) => run(options, terminal, host, onRecord));

/** The command, with a listener for its finished runs. */
export const runSweep = (args: readonly string[], host: Host, onRecord: SweepRequest['onRecord']): Promise<number> =>
  commandOf(onRecord).run(args, host);

async function run(options: Options, terminal: Terminal, host: Host, onRecord?: SweepRequest['onRecord']): Promise<number> {
  const inputs = new SweepInputs(terminal);
  const points = await planned(options, inputs, terminal);
  const out = outOf(options);
  const known = await knownOf(options);
  if (options.flag('dry-run')) return dryRun(points, known, inputs, host, terminal);
  await requirePlace(out, 'out');
  const progress = new Progress(await workOf(points, inputs, false));
  const machine = new OnDemand(host);
  try {
    const outcomes = await runPoints({
      ...{ points, out, known, inputs, host, terminal, progress },
      engine: () => machine.engine(),
      fresh: options.flag('force'),
      oneDataset: options.positionals.length === 0,
      ...(onRecord ? { onRecord } : {}),
    });
    return await conclude(outcomes, join(out, tableName(options)), terminal);
  } finally {
    await machine.close();
  }
}

const tableName = (options: Options): string => {
  const { index, count } = readShard(options.text('shard'));
  return count === 1 ? 'sweep.csv' : `sweep-${index}-of-${count}.csv`;
};

/** Opens the engine when it is first needed. */
class OnDemand {
  readonly #host: Host;
  #opened: Promise<Engine> | null = null;

  constructor(host: Host) {
    this.#host = host;
  }

  engine(): Promise<Engine> {
    this.#opened ??= this.#host.openEngine();
    return this.#opened;
  }

  async close(): Promise<void> {
    const engine = await this.#opened?.catch(() => null);
    engine?.close();
  }
}

async function conclude(outcomes: readonly PointOutcome[], file: string, terminal: Terminal): Promise<number> {
  const records = outcomes.map(({ record }) => record);
  const rows = [HEAD, ...records.map(cells)];
  await writeWhole(file, csv(rows));
  terminal.result({ runs: records, files: [file] }, () => [...table(rows), ...bestOf(records), `Wrote ${file}`]);
  return records.some(({ state }) => state === 'failed') ? EXIT.no : EXIT.done;
}

function bestOf(records: readonly RunRecord[]): string[] {
  const measured = records.flatMap((record) => (record.validation ? [{ name: record.name, validation: record.validation }] : []));
  const best = measured.sort((a, b) => b.validation.accuracy - a.validation.accuracy)[0];
  return best ? [`Best on validation: ${best.name}, ${percent(best.validation.accuracy)}`] : [];
}

export const sweep = commandOf();
