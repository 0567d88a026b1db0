import { benchmark as measure, BENCHMARK_DEFAULTS, type BenchmarkChoices } from '../../engine/training/benchmark.js';
import type { BenchmarkRow, ProfileRow } from '../../protocol/api.js';
import { BUNDLED, PAPER_RECIPE } from '../../vit/configuration.js';
import { METHODS } from '../../vit/methods/index.js';
import { usualImageSize } from '../../vit/architecture.js';
import { FULL_MINUTES } from '../../engine/diagnostics/full/full-benchmark.js';
import { type Arguments, invalid, type CommandDescription } from '../arguments.js';
import { defineCommand } from '../command.js';
import { runFull } from './benchmark-full.js';
import { MODEL_OPTIONS, modelOverrides, openModel } from '../inputs/inputs.js';
import { readMethods, readSchedules } from '../inputs/lists.js';
import { EXIT, type Host } from '../machine/host.js';
import { duration, significant, table, type Terminal } from '../terminal.js';

const { batch, methods, schedules, seconds } = BENCHMARK_DEFAULTS;

const OPTIONS = {
  ...MODEL_OPTIONS,
  'image-size': { value: 'PIXELS', help: "side of the pictures (default: the model's own; 64 with the bundled model)" },
  batch: { value: 'PICTURES', help: `pictures in a batch (default: ${batch})` },
  methods: { value: 'LIST', help: `separated by commas (default: ${methods.join()}; there are ${METHODS.join(', ')})` },
  schedules: { value: 'LIST', help: `separated by blanks or semicolons (default: '${schedules.join(' ')}')` },
  train: { value: 'yes|no', help: 'measure training steps too (default: yes)' },
  seconds: { value: 'S', help: `how long each measurement runs at least (default: ${seconds})` },
  profile: { help: 'print where the time goes, by operation' },
  full: {
    help: "measure all that can be told of a graphics card: golden files, its peak, every candidate for a product, attention, merging, norms, and ViT-Ti, S, B and L at 224 pixels, with the time of each operation; a table for the project's documentation at the end",
  },
  write: { value: 'FILE', help: 'with --full, a JSON file for everything that was measured, beside the table' },
  minutes: { value: 'M', help: `with --full, how long it takes at most; what does not fit is named (default: ${FULL_MINUTES})` },
} as const;

type Options = Arguments<keyof typeof OPTIONS>;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'benchmark',
  summary: 'Measures how many pictures a second this machine classifies and trains on, for each method and schedule.',
  details:
    'Rows are printed as they are measured. GFLOP/s count the multiply-accumulates of what was run, twice. With --profile the milliseconds of a batch, on processors of all threads together, and GFLOP/s of one.',
  options: OPTIONS,
};

const HEAD = ['method', 'schedule', 'tokens left', 'GMACs', 'inference img/s', 'GFLOP/s', 'training img/s', 'GFLOP/s'];
const WIDTHS = HEAD.map((name) => Math.max(name.length, 9));

const line = (cells: readonly string[]): string =>
  cells
    .map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0))
    .join('  ')
    .trimEnd();

const rowLine = (row: BenchmarkRow): string =>
  line([
    row.name,
    row.schedule,
    String(row.tokensLeft),
    significant(row.gmacs, 3),
    significant(row.inferenceImagesPerSecond, 4),
    significant(row.inferenceGflops, 3),
    significant(row.trainingImagesPerSecond, 4),
    significant(row.trainingGflops, 3),
  ]);

const PROFILE_HEAD = ['operation', 'kind', 'times', 'ms', 'GFLOP/s', 'share'];

function profileLines({ inference, training }: NonNullable<BenchmarkRow['profile']>): string[] {
  const part = (what: string, rows: readonly ProfileRow[]): string[] => {
    const cells = rows.map(({ operation, kind, count, milliseconds, gflops, share }) => [
      ...[operation, kind, String(count), significant(milliseconds, 3)],
      ...[significant(gflops, 3), `${(100 * share).toFixed(1)} %`],
    ]);
    const total = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    return ['', ...table([PROFILE_HEAD, ...cells]), `${what}: ${significant(total, 4)} ms in all operations`];
  };
  return [...part('Inference', inference), ...(training ? part('A training step', training) : []), ''];
}

function readChoices(options: Options): BenchmarkChoices {
  const pictures = options.integer('batch') ?? batch;
  if (pictures < 1 || pictures > 1024) throw invalid('batch', `is ${pictures}, expected a number from 1 to 1024`);
  const least = options.number('seconds') ?? seconds;
  if (least < 0 || least > 3600) throw invalid('seconds', `is ${least}, expected a number from 0 to 3600`);
  return {
    batch: pictures,
    methods: readMethods(options.text('methods') ?? methods.join()),
    schedules: readSchedules(options.text('schedules') ?? schedules.join(' ')),
    train: (options.choice('train', ['yes', 'no']) ?? 'yes') === 'yes',
    seconds: least,
    profile: options.flag('profile'),
  };
}

/** Options that have no effect with `--full`. */
const FIXED = ['model', 'image-size', 'profile'] as const;

function readMinutes(options: Options): number {
  for (const name of FIXED) {
    if (name === 'profile' ? options.flag(name) : options.text(name) !== undefined) {
      throw invalid(name, 'does not go with --full, which measures ViT-Ti, S, B and L at 224 pixels, by operation');
    }
  }
  const minutes = options.number('minutes') ?? FULL_MINUTES;
  if (minutes < 0 || minutes > 24 * 60) throw invalid('minutes', `is ${minutes}, expected a number from 0 to 1440`);
  return minutes;
}

async function run(options: Options, terminal: Terminal, host: Host): Promise<number> {
  const choices = readChoices(options);
  const file = options.text('write');
  if (options.flag('full')) return runFull({ ...choices, minutes: readMinutes(options), file }, terminal, host);
  if (file !== undefined) throw invalid('write', 'is for --full; --json prints what else is measured');
  if (options.text('minutes') !== undefined) throw invalid('minutes', 'is for --full; --seconds says how long each row takes');
  const path = options.text('model') ?? BUNDLED;
  const { architecture, reader } = await openModel(path, terminal, modelOverrides(options));
  const imageSize = options.integer('image-size') ?? (path === BUNDLED ? PAPER_RECIPE.imageSize : usualImageSize(architecture));
  const engine = await host.openEngine();
  try {
    terminal.line(`Machine: ${engine.adapter.name}; ${imageSize} pixels, batches of ${choices.batch}`);
    const rows: BenchmarkRow[] = [];
    const measured = measure({
      ...choices,
      architecture,
      imageSize,
      createNetwork: (setup) => engine.createNetwork(architecture, reader, setup.options),
      onProgress: (what, done, total) => terminal.status(`${what}: ${done} of ${total}`),
      onEstimate: (left) => terminal.line(`About ${duration(left)}, compiling not counted\n\n${line(HEAD)}`),
    });
    for await (const row of measured) {
      rows.push(row);
      terminal.line(rowLine(row));
      if (row.profile) for (const text of profileLines(row.profile)) terminal.line(text);
    }
    if (options.json) terminal.result({ adapter: engine.adapter, imageSize, batch: choices.batch, rows }, () => []);
    return EXIT.done;
  } finally {
    engine.close();
  }
}

export const benchmark = defineCommand(DESCRIPTION, run);
