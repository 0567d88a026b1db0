import { setUpRun } from '../../engine/training/setup.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { BUNDLED } from '../../vit/configuration.js';
import { type Arguments, optionNames, type CommandDescription } from '../arguments.js';
import { defineCommand } from '../command.js';
import { defaultName, readConfiguration, readDraws, RECIPE_OPTIONS } from '../inputs/configuration.js';
import { DATA_OPTIONS, MODEL_OPTIONS, modelOverrides, openData, openModel, readDataPlace } from '../inputs/inputs.js';
import { EXIT, type Host } from '../machine/host.js';
import { prepareAgain, prepareNamed, trainPrepared, type Prepared } from '../runs/prepared.js';
import { percent, type Terminal } from '../terminal.js';

const OPTIONS = {
  ...MODEL_OPTIONS,
  ...DATA_OPTIONS,
  ...RECIPE_OPTIONS,
  name: { value: 'TEXT', help: "the run's name (default: made of its data, method, schedule, way to adapt and seed)" },
  out: { value: 'DIR', help: 'where run.json and adapted.safetensors go (default: runs/NAME)' },
  force: { help: 'write over the run that is in DIR' },
  resume: { value: 'DIR', help: 'go on with the run in this folder after its last epoch, to the same bytes' },
} as const;

type Options = Arguments<keyof typeof OPTIONS>;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'adapt',
  summary: 'Adapts a vision transformer to labelled pictures, by the recipe of the paper.',
  details:
    'With no arguments it takes the bundled backbone and a drawn task. The validation part chooses the best epoch; the test part is\n' +
    'measured once, with its weights. Ctrl-C ends the run after the step and still writes what there is; --resume goes on with it, or\n' +
    'with one that was killed. Exit code 1: the loss became infinite or the GPU failed; what was good until then is written.',
  options: OPTIONS,
};

/** Options that a resumed run keeps from its start. */
const FIXED = [
  ...optionNames(RECIPE_OPTIONS).filter((name) => name !== 'recompute'),
  ...(['heads', 'mean', 'std', 'name', 'out'] as const),
];

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

/** A new run, as the options say. */
async function prepareNew(options: Options, terminal: Terminal): Promise<Prepared> {
  const overrides = modelOverrides(options);
  const model = await openModel(options.text('model') ?? BUNDLED, terminal, overrides);
  const data = await openData({ place: 'task:texture', ...readDataPlace(options), ...readDraws(options) });
  const { architecture } = model;
  const configuration = readConfiguration(options, { model: model.name, data: data.name, architecture, overrides });
  const setup = setUpRun(configuration, architecture, data.dataset.classes.length);
  const name = options.text('name') ?? defaultName(configuration);
  return prepareNamed({ model, data, setup, name }, options);
}

async function run(options: Options, terminal: Terminal, host: Host): Promise<number> {
  const resumed = options.text('resume');
  const prepared = resumed === undefined ? prepareNew(options, terminal) : prepareAgain(resumed, options, FIXED, terminal);
  const { record, files } = await trainPrepared(await prepared, host, terminal);
  conclude(record, files, terminal);
  return record.state === 'failed' ? EXIT.no : EXIT.done;
}

export const adapt = defineCommand(DESCRIPTION, run);
