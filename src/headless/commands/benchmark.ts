import { benchmark as measure } from '../../engine/training/benchmark.js';
import type { BenchmarkRow } from '../../protocol/api.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { Arguments, helpText, type CommandDescription } from '../arguments.js';
import { EXIT, type Command, type Host } from '../machine/host.js';
import { BUNDLED, MODEL_OPTIONS, modelOverrides, openModel } from '../inputs/inputs.js';
import { significant, table, Terminal } from '../terminal.js';

const OPTIONS = {
  ...MODEL_OPTIONS,
  'image-size': { value: 'PIXELS', help: "side of the pictures (default: the model's own; 64 with the bundled model)" },
} as const;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'benchmark',
  summary: 'Measures how many pictures a second this adapter classifies and trains on, for each method and schedule.',
  options: OPTIONS,
};

function describe(rows: readonly BenchmarkRow[]): string[] {
  const head = ['method', 'schedule', 'tokens left', 'GMACs', 'inference img/s', 'training img/s', 'training GFLOP/s'];
  return table([
    head,
    ...rows.map((row) => [
      row.name,
      row.schedule,
      String(row.tokensLeft),
      significant(row.gmacs, 3),
      significant(row.inferenceImagesPerSecond, 4),
      significant(row.trainingImagesPerSecond, 4),
      significant(row.gflops, 3),
    ]),
  ]);
}

async function run(args: readonly string[], host: Host): Promise<number> {
  const options = new Arguments(DESCRIPTION, args);
  const terminal = new Terminal(host.output, host.errors, options.json);
  if (options.help) {
    host.output.write(`${helpText(DESCRIPTION)}\n`);
    return EXIT.done;
  }
  const path = options.text('model') ?? BUNDLED;
  const { architecture, reader } = await openModel(path, terminal, modelOverrides(options));
  const imageSize = options.integer('image-size') ?? (path === BUNDLED ? PAPER_RECIPE.imageSize : architecture.imageSize);
  const engine = await host.openEngine();
  try {
    terminal.line(`Adapter: ${engine.adapter.name}`);
    const rows: BenchmarkRow[] = [];
    const measured = measure({
      architecture,
      imageSize,
      createNetwork: (setup) => engine.createNetwork(architecture, reader, setup.options),
      onProgress: (what, done, total) => terminal.status(`${what}: ${done} of ${total}`),
    });
    for await (const row of measured) rows.push(row);
    terminal.result({ adapter: engine.adapter, rows }, () => describe(rows));
    return EXIT.done;
  } finally {
    engine.close();
  }
}

export const benchmark: Command = { name: DESCRIPTION.name, summary: DESCRIPTION.summary, run };
