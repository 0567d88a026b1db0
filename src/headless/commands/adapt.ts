import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { TrainingSession, type TrainingOutcome } from '../../engine/training/session.js';
import { adaptedMetadata, requireTrainable, setUpRun, startRecord, type RunSetup } from '../../engine/training/setup.js';
import { writeAdapted } from '../../formats/adapted.js';
import type { RunRecord, StepMetrics } from '../../protocol/run.js';
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
  type Data,
  type Model,
} from '../inputs.js';
import { freeRunFolder, requireFolder, writeWhole } from '../outputs.js';
import { duration, percent, Terminal } from '../terminal.js';

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

/** One line for the step that came back. */
export function stepLine(step: StepMetrics, epochs: number): string {
  const within = step.step - (step.epoch - 1) * step.stepsPerEpoch + 1;
  return `epoch ${step.epoch} of ${epochs}, step ${within} of ${step.stepsPerEpoch}: loss ${step.loss.toFixed(4)}, accuracy ${percent(step.accuracy)}, ${step.imagesPerSecond.toFixed(1)} images/s, ${duration(step.secondsLeft)} left`;
}

function epochLine(run: RunRecord): string {
  const entry = run.epochs.at(-1);
  if (!entry) return '';
  const best = run.bestEpoch === entry.epoch ? ' (best so far)' : '';
  return `epoch ${entry.epoch} of ${run.configuration.epochs}: loss ${entry.trainLoss.toFixed(4)}, accuracy ${percent(entry.trainAccuracy)}; validation loss ${entry.validationLoss.toFixed(4)}, accuracy ${percent(entry.validationAccuracy)}${best}; ${entry.imagesPerSecond.toFixed(1)} images/s, ${duration(entry.seconds)}`;
}

function introduce(setup: RunSetup, run: RunRecord, model: Model, { dataset }: Data, terminal: Terminal): void {
  const { configuration, architecture, schedule } = setup;
  const { train, validation, test } = run.pictures;
  const last = schedule.tokens.at(-1) ?? 0;
  terminal.line(`Adapter: ${run.adapter.name}`);
  terminal.line(
    `Model: ${model.name} (${model.loaded.format}), ${architecture.depth} blocks of ${architecture.embedDim} channels, ${run.trainedParameters} of ${run.totalParameters} weights trained`,
  );
  terminal.line(
    `Data: ${dataset.name} (${dataset.form}), ${dataset.classes.length} classes, ${train} + ${validation} + ${test} pictures to train, validate and test`,
  );
  terminal.line(`      ${dataset.split}`);
  terminal.line(
    `Method: ${configuration.method}, ${configuration.peft}; merges ${schedule.r.join(' ')}: ${schedule.tokens[0] ?? 0} tokens become ${last}, ${(setup.macs / 1e9).toPrecision(3)} GMACs a picture`,
  );
}

/** Trains, with progress, until the end or Ctrl-C. */
async function train(session: TrainingSession, host: Host, terminal: Terminal): Promise<TrainingOutcome> {
  const release = host.onInterrupt(() => {
    terminal.note('Stopping after this step; Ctrl-C again leaves at once.');
    session.stop();
  });
  try {
    return await session.run();
  } finally {
    release();
  }
}

async function write(folder: string, { record, weights }: TrainingOutcome, model: Model): Promise<string[]> {
  const files = [join(folder, 'run.json')];
  await writeWhole(join(folder, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
  if (weights) {
    files.push(join(folder, 'adapted.safetensors'));
    await writeWhole(join(folder, 'adapted.safetensors'), writeAdapted(adaptedMetadata(record, model.architecture), weights));
  }
  return files;
}

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
  const model = await openModel(modelPath, modelOverrides(options));
  const data = await openData({ data: dataPath, task: options.text('task'), ...seeds });
  const { dataset } = data;
  const configuration = readConfiguration(options, { model: model.name, data: data.name, architecture: model.architecture });
  const setup = setUpRun(configuration, model.architecture, dataset.classes.length);
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
    const network = await engine.createNetwork(setup.architecture, model.reader, setup.options, (done, total) =>
      terminal.status(`Preparing the model: ${done} of ${total}`),
    );
    await requireFolder(folder, 'out');
    const record = startRecord({ setup, id: randomUUID(), name, adapter: engine.adapter, network, pictures });
    introduce(setup, record, model, data, terminal);
    let epochsShown = 0;
    const session = new TrainingSession({
      network,
      pictures,
      record,
      events: {
        onStep: (step) => terminal.status(stepLine(step, configuration.epochs)),
        onRecord: (now) => {
          if (now.epochs.length > epochsShown) terminal.line(epochLine(now));
          epochsShown = now.epochs.length;
        },
        onBusy: (what, done, total) => terminal.status(`${what}: ${done} of ${total}`),
      },
    });
    const outcome = await train(session, host, terminal);
    const files = await write(folder, outcome, model);
    network.destroy();
    conclude(outcome.record, files, terminal);
    return outcome.record.state === 'failed' ? EXIT.no : EXIT.done;
  } finally {
    engine.close();
  }
}

export const adapt: Command = { name: DESCRIPTION.name, summary: DESCRIPTION.summary, run };
