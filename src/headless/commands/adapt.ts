import { requireTrainable, setUpRun } from '../../engine/training/setup.js';
import type { RunRecord } from '../../protocol/run.js';
import { Arguments, helpText, type CommandDescription } from '../arguments.js';
import { defaultName, readConfiguration, readSeeds, RECIPE_OPTIONS } from '../configuration.js';
import { EXIT, type Command, type Host } from '../host.js';
import {
  BUNDLED,
  DATA_OPTIONS,
  MODEL_OPTIONS,
  modelOverrides,
  openData,
  openModel,
  picturesOf,
  readPictures,
  reportSkipped,
} from '../inputs.js';
import { freeRunFolder } from '../outputs.js';
import { percent, Terminal } from '../terminal.js';
import { trainRun } from '../train-run.js';

const OPTIONS = {
  ...MODEL_OPTIONS,
  ...DATA_OPTIONS,
  ...RECIPE_OPTIONS,
  name: { value: 'TEXT', help: 'what to call the run (default: says what sets it apart)' },
  out: { value: 'DIR', help: 'where run.json and adapted.safetensors go (default: runs/NAME)' },
} as const;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'adapt',
  summary: 'Adapts a vision transformer to labelled pictures, by the recipe of the paper.',
  details:
    'With no arguments it takes the bundled backbone and a drawn task. The validation part chooses the best epoch; the test part is\n' +
    'measured once, with its weights. Ctrl-C ends the run after the step and still writes what there is. Exit code 1: the loss became\n' +
    'infinite or the GPU failed; what was good until then is written.',
  options: OPTIONS,
};

function conclude(run: RunRecord, files: readonly string[], terminal: Terminal): void {
  terminal.result({ run, files }, () => {
    const lines: string[] = [];
    if (run.error) lines.push(`Failed: ${run.error.message}`);
    if (run.state === 'stopped') lines.push(`Stopped after ${run.epochs.length} of ${run.configuration.epochs} epochs.`);
    if (run.validation) lines.push(`Validation accuracy ${percent(run.validation.accuracy)} (best, epoch ${run.bestEpoch ?? 0})`);
    if (run.test) {
      lines.push(
        `Test accuracy ${percent(run.test.accuracy)} on ${run.test.images} pictures, ${run.test.imagesPerSecond.toFixed(1)} images/s`,
      );
    }
    return [...lines, ...files.map((file) => `Wrote ${file}`)];
  });
}

async function run(args: readonly string[], host: Host): Promise<number> {
  const options = new Arguments(DESCRIPTION, args);
  const terminal = new Terminal(host.output, host.errors, options.json);
  if (options.help) {
    host.output.write(`${helpText(DESCRIPTION)}\n`);
    return EXIT.done;
  }
  const modelPath = options.text('model') ?? BUNDLED;
  const dataPath = options.text('data') ?? 'task:texture';
  const seeds = readSeeds(options);
  const overrides = modelOverrides(options);
  const model = await openModel(modelPath, terminal, overrides);
  const data = await openData({ data: dataPath, task: options.text('task'), ...seeds });
  const { dataset } = data;
  const { architecture } = model;
  const configuration = readConfiguration(options, { model: model.name, data: data.name, architecture, overrides });
  const setup = setUpRun(configuration, architecture, dataset.classes.length);
  const name = options.text('name') ?? defaultName(configuration);
  const folder = options.text('out') ?? freeRunFolder(name);
  reportSkipped(data.skipped, terminal);
  const pictures = picturesOf(data, configuration.imageSize);
  await readPictures(
    pictures,
    Array.from({ length: dataset.length }, (_, index) => index),
    terminal,
  );
  requireTrainable(pictures);

  const engine = await host.openEngine();
  try {
    const { record, files } = await trainRun({ host, terminal, engine, model, setup, pictures, name, folder });
    conclude(record, files, terminal);
    return record.state === 'failed' ? EXIT.no : EXIT.done;
  } finally {
    engine.close();
  }
}

export const adapt: Command = { name: DESCRIPTION.name, summary: DESCRIPTION.summary, run };
