import { evaluate as measure } from '../../engine/training/evaluation.js';
import { setUpAdapted } from '../../engine/training/setup.js';
import { readTrained } from '../../formats/weights.js';
import { PlaygroundError } from '../../protocol/errors.js';
import type { Part } from '../../protocol/maps.js';
import type { Evaluation } from '../../protocol/run.js';
import { openAdapted } from '../adapted.js';
import { Arguments, helpText, usage, type CommandDescription } from '../arguments.js';
import { EXIT, type Command, type Host } from '../host.js';
import { DATA_OPTIONS, MODEL_OPTIONS, openData, modelOverrides, picturesOf, readPictures, reportSkipped } from '../inputs.js';
import { percent, table, Terminal } from '../terminal.js';

const PARTS = ['train', 'validation', 'test'] as const satisfies readonly Part[];

const OPTIONS = {
  weights: { value: 'FILE', help: 'adapted.safetensors, or a checkpoint with its backbone inside' },
  ...MODEL_OPTIONS,
  model: { value: 'FILE', help: 'the backbone they were trained on (default: the bundled one, where it was that)' },
  ...DATA_OPTIONS,
  data: { value: 'PATH', help: 'the data set (default: the drawn task they were trained on)' },
  part: { value: PARTS.join('|'), help: 'which part (default: test, or validation where there is no test part)' },
} as const;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'evaluate',
  summary: 'Measures adapted weights: accuracy, accuracy of each class, and pictures a second.',
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
}

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

async function run(args: readonly string[], host: Host): Promise<number> {
  const options = new Arguments(DESCRIPTION, args);
  const terminal = new Terminal(host.output, host.errors, options.json);
  if (options.help) {
    host.output.write(`${helpText(DESCRIPTION)}\n`);
    return EXIT.done;
  }
  const weightsPath = options.text('weights');
  if (weightsPath === undefined) throw usage("evaluate: --weights FILE is missing; see 'evaluate --help'");
  const { metadata, loaded, backbone } = await openAdapted(weightsPath, options.text('model'), terminal, modelOverrides(options));
  const { configuration } = metadata;
  const dataPath = options.text('data') ?? (configuration.data.startsWith('task:') ? configuration.data : undefined);
  if (dataPath === undefined) throw usage(`${weightsPath}: was trained on '${configuration.data}'; give a data set with --data`);
  const data = await openData({
    data: dataPath,
    task: options.text('task'),
    seed: configuration.seed,
    splitSeed: configuration.splitSeed,
  });
  const { dataset } = data;
  if (dataset.classes.length !== metadata.classes.length) {
    throw new PlaygroundError(
      'data.label',
      `${dataset.name}: has ${dataset.classes.length} classes, but ${weightsPath} tells ${metadata.classes.length} apart`,
      { subject: dataset.name },
    );
  }
  reportSkipped(data.skipped, terminal);
  const setup = setUpAdapted(metadata);
  const pictures = picturesOf(data, configuration.imageSize);
  const part = options.choice('part', PARTS) ?? (dataset.parts.test.length > 0 ? 'test' : 'validation');
  await readPictures(pictures, dataset.parts[part], terminal);

  const engine = await host.openEngine();
  try {
    const network = await engine.createNetwork(setup.architecture, backbone, setup.options, (done, total) =>
      terminal.status(`Preparing the model: ${done} of ${total}`),
    );
    network.writeTrained(await readTrained(loaded));
    const evaluator = await network.evaluator(configuration.batchSize);
    let stopped = false;
    const release = host.onInterrupt(() => {
      stopped = true;
    });
    const evaluation = await measure(evaluator, pictures, part, {
      gate: async () => (stopped ? 'stop' : 'go'),
      onProgress: (done, total) => terminal.status(`Measuring the ${part} part: ${done} of ${total}`),
    }).finally(release);
    network.destroy();
    if (!evaluation) return EXIT.no;
    const reported = part === 'train' ? null : metadata.accuracy[part];
    const report: Report = { weights: weightsPath, data: dataset.name, part, evaluation, classes: dataset.classes, reported };
    terminal.result(report, () => describe(report));
    return EXIT.done;
  } finally {
    engine.close();
  }
}

export const evaluate: Command = { name: DESCRIPTION.name, summary: DESCRIPTION.summary, run };
