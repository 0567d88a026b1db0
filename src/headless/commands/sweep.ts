import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PixelCache } from '../../data/batches.js';
import type { Checkpoint } from '../../engine/training/checkpoint.js';
import { requireTrainable, setUpRun, type RunSetup } from '../../engine/training/setup.js';
import { SweepEstimate } from '../../engine/training/sweep.js';
import type { Configuration } from '../../vit/configuration.js';
import { COMPARED, METHODS, type Method } from '../../vit/methods/index.js';
import { runSchema, type RunRecord } from '../../protocol/run.js';
import { combinations } from '../../protocol/sweep.js';
import { Arguments, helpText, invalid, type CommandDescription } from '../arguments.js';
import { defaultName, readConfiguration, RECIPE_OPTIONS } from '../inputs/configuration.js';
import { EXIT, type Command, type Engine, type Host } from '../machine/host.js';
import {
  BUNDLED,
  DATA_OPTIONS,
  MODEL_OPTIONS,
  dataName,
  modelOverrides,
  openData,
  openModel,
  picturesOf,
  readPictures,
  reportSkipped,
  type Model,
} from '../inputs/inputs.js';
import { fileName, RUNS_FOLDER, writeWhole } from '../runs/outputs.js';
import { duration, percent, significant, table, Terminal } from '../terminal.js';
import { findCheckpoint } from '../runs/resume.js';
import { RUN_FILE, trainRun } from '../runs/train-run.js';

const OPTIONS = {
  methods: { value: 'LIST', help: `methods, separated by commas (default: ${COMPARED.join()}; there are ${METHODS.join(', ')})` },
  schedules: { value: 'LIST', help: "schedules, separated by spaces or semicolons (default: 'low high')" },
  seeds: { value: 'LIST', help: 'seeds, separated by commas (default: 0)' },
  ...MODEL_OPTIONS,
  ...DATA_OPTIONS,
  ...RECIPE_OPTIONS,
  out: { value: 'DIR', help: 'where each run gets a folder, and sweep.csv goes (default: runs/sweep)' },
} as const;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'sweep',
  summary: 'Adapts with every combination of methods, schedules and seeds, one after the other.',
  details:
    'A run that DIR has already, finished with the same configuration, is not trained again: an interrupted sweep goes on where it\n' +
    'was. Ctrl-C ends the run under way after its step, and the sweep. Exit code 1: a run failed.',
  options: OPTIONS,
};

interface Entry {
  readonly setup: RunSetup;
  readonly name: string;
  readonly folder: string;
  readonly pictures: PixelCache;
}

function readChoices(options: Arguments<keyof typeof OPTIONS>): { methods: Method[]; schedules: string[]; seeds: number[] } {
  const methods = (options.text('methods') ?? COMPARED.join()).split(',').map((word) => {
    const found = METHODS.find((method) => method === word.trim());
    if (!found) throw invalid('methods', `has '${word}', which is none of ${METHODS.join(', ')}`);
    return found;
  });
  const schedules = (options.text('schedules') ?? 'low high').split(/[\s;]+/).filter((word) => word !== '');
  const seeds = (options.text('seeds') ?? '0').split(',').map((word) => {
    const seed = Number(word);
    if (!/^\d+$/.test(word.trim()) || seed > 0xffff_ffff) throw invalid('seeds', `has '${word}', which is no seed`);
    return seed;
  });
  return { methods, schedules, seeds };
}

/** The record of an earlier sweep's run, where it finished with this very configuration. */
async function finishedBefore({ folder, setup }: Entry): Promise<RunRecord | null> {
  const path = join(folder, RUN_FILE);
  if (!existsSync(path)) return null;
  try {
    const record = runSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    const same = JSON.stringify(record.configuration) === JSON.stringify(setup.configuration);
    return same && record.state === 'finished' ? record : null;
  } catch {
    return null;
  }
}

/** Where the sweep's run was interrupted, with this very configuration. */
async function interruptedBefore({ folder, setup }: Entry): Promise<Checkpoint | null> {
  // One that cannot be read is written over by the run that starts anew.
  const checkpoint = await findCheckpoint(folder).catch(() => null);
  return checkpoint && JSON.stringify(checkpoint.record.configuration) === JSON.stringify(setup.configuration)
    ? checkpoint
    : null;
}

/** Pictures by seed: it draws a built-in task; files are the same for all. */
async function openPictures(
  options: Arguments<keyof typeof OPTIONS>,
  configurations: readonly Configuration[],
  terminal: Terminal,
): Promise<Map<number, PixelCache>> {
  const data = options.text('data') ?? 'task:texture';
  const drawn = data.startsWith('task:');
  const opened = new Map<number, PixelCache>();
  for (const { seed, splitSeed, imageSize } of configurations) {
    const [first] = opened.values();
    if (opened.has(seed)) continue;
    if (first && !drawn) {
      opened.set(seed, first);
      continue;
    }
    const found = await openData({ data, task: options.text('task'), seed, splitSeed });
    reportSkipped(found.skipped, terminal);
    const pictures = picturesOf(found, imageSize);
    await readPictures(
      pictures,
      Array.from({ length: found.dataset.length }, (_, index) => index),
      terminal,
    );
    requireTrainable(pictures);
    opened.set(seed, pictures);
  }
  return opened;
}

async function plan(options: Arguments<keyof typeof OPTIONS>, model: Model, terminal: Terminal): Promise<Entry[]> {
  const data = options.text('data') ?? 'task:texture';
  const base = readConfiguration(options, {
    model: model.name,
    data: dataName(data),
    architecture: model.architecture,
    overrides: modelOverrides(options),
  });
  const configurations = combinations(base, readChoices(options));
  const pictures = await openPictures(options, configurations, terminal);
  const out = options.text('out') ?? join(RUNS_FOLDER, 'sweep');
  return configurations.flatMap((configuration) => {
    const cache = pictures.get(configuration.seed);
    if (!cache) return [];
    const setup = setUpRun(configuration, model.architecture, cache.dataset.classes.length);
    const name = defaultName(configuration);
    return [{ setup, name, folder: join(out, fileName(name)), pictures: cache }];
  });
}

const HEAD = [
  'method',
  'schedule',
  'seed',
  'gmacs',
  'tokens_left',
  'validation',
  'test',
  'training_img_s',
  'test_img_s',
  'state',
];

function cells({ configuration, macs, tokens, validation, test, epochs, state }: RunRecord): string[] {
  const { method, schedule, seed } = configuration;
  const speed = significant(epochs.at(-1)?.imagesPerSecond, 4);
  return [
    method,
    schedule,
    String(seed),
    significant(macs / 1e9, 4),
    String(tokens.at(-1) ?? ''),
    validation?.accuracy.toFixed(4) ?? '',
    test?.accuracy.toFixed(4) ?? '',
    speed,
    significant(test?.imagesPerSecond, 4),
    state,
  ];
}

const csv = (rows: readonly (readonly string[])[]): string =>
  rows
    .map((row) => `${row.map((cell) => (/[",\s]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`)
    .join('');

async function train(
  entries: readonly Entry[],
  model: Model,
  engine: Engine,
  host: Host,
  terminal: Terminal,
): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  const estimate = new SweepEstimate(
    entries.map(({ setup, pictures }) => ({
      macs: setup.macs,
      epochs: setup.configuration.epochs,
      pictures: pictures.dataset.parts.train.length,
    })),
  );
  for (const [index, entry] of entries.entries()) {
    const earlier = await finishedBefore(entry);
    if (earlier) {
      records.push(earlier);
      estimate.skipped();
      continue;
    }
    const left = estimate.secondsLeft;
    terminal.line(`Run ${index + 1} of ${entries.length}: ${entry.name}${left === null ? '' : `, about ${duration(left)} left`}`);
    const began = performance.now();
    const checkpoint = await interruptedBefore(entry);
    const { record } = await trainRun({ host, terminal, engine, model, ...entry, ...(checkpoint ? { checkpoint } : {}) });
    estimate.finished((performance.now() - began) / 1000);
    records.push(record);
    if (record.state === 'stopped') break;
  }
  return records;
}

async function run(args: readonly string[], host: Host): Promise<number> {
  const options = new Arguments(DESCRIPTION, args);
  const terminal = new Terminal(host.output, host.errors, options.json);
  if (options.help) {
    host.output.write(`${helpText(DESCRIPTION)}\n`);
    return EXIT.done;
  }
  const model = await openModel(options.text('model') ?? BUNDLED, terminal, modelOverrides(options));
  const entries = await plan(options, model, terminal);
  const engine = await host.openEngine();
  try {
    const records = await train(entries, model, engine, host, terminal);
    const file = join(options.text('out') ?? join(RUNS_FOLDER, 'sweep'), 'sweep.csv');
    const rows = [HEAD, ...records.map(cells)];
    await writeWhole(file, csv(rows));
    terminal.result({ runs: records, files: [file] }, () => [...table(rows), ...bestOf(records), `Wrote ${file}`]);
    return records.some((record) => record.state === 'failed') ? EXIT.no : EXIT.done;
  } finally {
    engine.close();
  }
}

function bestOf(records: readonly RunRecord[]): string[] {
  const measured = records.flatMap((record) => (record.validation ? [{ name: record.name, validation: record.validation }] : []));
  const best = measured.sort((a, b) => b.validation.accuracy - a.validation.accuracy)[0];
  return best ? [`Best on validation: ${best.name}, ${percent(best.validation.accuracy)}`] : [];
}

export const sweep: Command = { name: DESCRIPTION.name, summary: DESCRIPTION.summary, run };
