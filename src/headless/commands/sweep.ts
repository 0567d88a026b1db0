import { join } from 'node:path';
import type { PixelCache } from '../../data/batches.js';
import { fingerprintOfParts } from '../../data/identity/fingerprint.js';
import { requireTrainable, setUpRun, type RunSetup } from '../../engine/training/setup.js';
import { SweepEstimate } from '../../engine/training/sweep.js';
import type { Configuration } from '../../vit/configuration.js';
import { COMPARED, METHODS, type Method } from '../../vit/methods/index.js';
import type { DataFingerprint, RunRecord } from '../../protocol/run.js';
import { combinations } from '../../protocol/sweep.js';
import { Arguments, helpText, invalid, type CommandDescription } from '../arguments.js';
import { defaultName, readConfiguration, RECIPE_OPTIONS } from '../inputs/configuration.js';
import { readMethods, readSchedules } from '../inputs/lists.js';
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
  readDataPlace,
  readPictures,
  reportData,
  type Data,
  type Model,
} from '../inputs/inputs.js';
import { findEarlier, type Earlier } from '../runs/earlier.js';
import { fileName, requirePlace, RUNS_FOLDER, writeWhole } from '../runs/outputs.js';
import { csv, duration, percent, significant, table, Terminal } from '../terminal.js';
import { trainRun } from '../runs/train-run.js';

const DEFAULT_DATA = 'task:texture';

const OPTIONS = {
  methods: { value: 'LIST', help: `methods, separated by commas (default: ${COMPARED.join()}; there are ${METHODS.join(', ')})` },
  schedules: { value: 'LIST', help: "schedules, separated by spaces or semicolons (default: 'low high')" },
  seeds: { value: 'LIST', help: 'seeds, separated by commas (default: 0)' },
  ...MODEL_OPTIONS,
  ...DATA_OPTIONS,
  ...RECIPE_OPTIONS,
  out: { value: 'DIR', help: 'where each run gets a folder, and sweep.csv goes (default: runs/sweep)' },
  force: { help: 'train anew, and write over, what DIR has under the same names with other settings or on other pictures' },
} as const;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'sweep',
  summary: 'Adapts with every combination of methods, schedules and seeds, one after the other.',
  details:
    'A run that DIR has already, finished with the same configuration on the same pictures, is not trained again: an interrupted sweep\n' +
    'goes on where it was. Ctrl-C ends the run under way after its step, and the sweep. Exit code 1: a run failed.',
  options: OPTIONS,
};

interface Entry {
  readonly setup: RunSetup;
  readonly name: string;
  readonly folder: string;
  readonly earlier: Earlier;
  readonly data: Data;
  readonly pictures: PixelCache;
}

function readChoices(options: Arguments<keyof typeof OPTIONS>): { methods: Method[]; schedules: string[]; seeds: number[] } {
  const methods = readMethods(options.text('methods') ?? COMPARED.join());
  const schedules = readSchedules(options.text('schedules') ?? 'low high');
  const seeds = (options.text('seeds') ?? '0').split(',').map((word) => {
    const seed = Number(word);
    if (!/^\d+$/.test(word.trim()) || seed > 0xffff_ffff) throw invalid('seeds', `has '${word}', which is no seed`);
    return seed;
  });
  return { methods, schedules, seeds };
}

interface Opened {
  readonly data: Data;
  readonly pictures: PixelCache;
  readonly dataFingerprint: DataFingerprint;
}

/** Pictures by seed: it draws a built-in task; files are the same for all. */
async function openPictures(
  options: Arguments<keyof typeof OPTIONS>,
  configurations: readonly Configuration[],
  terminal: Terminal,
): Promise<Map<number, Opened>> {
  const where = { place: DEFAULT_DATA, ...readDataPlace(options) };
  const drawn = where.place.startsWith('task:');
  const opened = new Map<number, Opened>();
  for (const { seed, splitSeed, splitShares, imageSize } of configurations) {
    const [first] = opened.values();
    if (opened.has(seed)) continue;
    if (first && !drawn) {
      opened.set(seed, first);
      continue;
    }
    const found = await openData({ ...where, seed, splitSeed, splitShares });
    reportData(found, terminal);
    const pictures = picturesOf(found, imageSize);
    await readPictures(
      pictures,
      Array.from({ length: found.dataset.length }, (_, index) => index),
      terminal,
    );
    requireTrainable(pictures);
    opened.set(seed, { data: found, pictures, dataFingerprint: await fingerprintOfParts(pictures) });
  }
  return opened;
}

const outOf = (options: Arguments<keyof typeof OPTIONS>): string => options.text('out') ?? join(RUNS_FOLDER, 'sweep');

async function plan(options: Arguments<keyof typeof OPTIONS>, model: Model, terminal: Terminal): Promise<Entry[]> {
  const data = options.text('data') ?? DEFAULT_DATA;
  const base = readConfiguration(options, {
    model: model.name,
    data: dataName(data),
    architecture: model.architecture,
    overrides: modelOverrides(options),
  });
  const configurations = combinations(base, readChoices(options));
  const out = outOf(options);
  await requirePlace(out, 'out');
  const opened = await openPictures(options, configurations, terminal);
  const entries: Entry[] = [];
  for (const configuration of configurations) {
    const found = opened.get(configuration.seed);
    if (!found) continue;
    const setup = setUpRun(configuration, model.architecture, found.data.dataset.classes.length);
    const name = defaultName(configuration);
    const folder = join(out, fileName(name));
    const { dataFingerprint } = found;
    entries.push({ setup, name, folder, earlier: await findEarlier(folder, { configuration, dataFingerprint }), ...found });
  }
  requireNoOthers(entries, options.flag('force'));
  return entries;
}

/** Throws `option.invalid`, before anything is trained, where a run lies in the way that is only called like one of these. */
function requireNoOthers(entries: readonly Entry[], force: boolean): void {
  const inTheWay = force ? undefined : entries.find(({ earlier }) => earlier.other !== null);
  if (!inTheWay) return;
  const { folder, earlier } = inTheWay;
  throw invalid(
    'out',
    `names a folder in which ${folder} ${earlier.other ?? ''}; --force trains it anew and writes over it, and another --out leaves it`,
  );
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

interface SweepRequest {
  readonly model: Model;
  readonly engine: Engine;
  readonly host: Host;
  readonly terminal: Terminal;
}

async function train(entries: readonly Entry[], { model, engine, host, terminal }: SweepRequest): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  const estimate = new SweepEstimate(
    entries.map(({ setup, pictures }) => ({
      macs: setup.macs,
      epochs: setup.configuration.epochs,
      pictures: pictures.dataset.parts.train.length,
    })),
  );
  for (const [index, entry] of entries.entries()) {
    const { finished, checkpoint, other } = entry.earlier;
    if (finished) {
      records.push(finished);
      estimate.skipped();
      continue;
    }
    const left = estimate.secondsLeft;
    terminal.line(`Run ${index + 1} of ${entries.length}: ${entry.name}${left === null ? '' : `, about ${duration(left)} left`}`);
    if (other !== null) terminal.line(`${entry.folder} ${other}; it is trained anew, and written over`);
    const began = performance.now();
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
    const records = await train(entries, { model, engine, host, terminal });
    const file = join(outOf(options), 'sweep.csv');
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
