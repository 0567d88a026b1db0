import { basename, join, resolve } from 'node:path';
import type { ByteSource } from '../../containers/bytes.js';
import { openUnlabelled, type UnlabelledPictures } from '../../data/unlabelled.js';
import { labelPictures } from '../../engine/training/prediction.js';
import { setUpAdapted } from '../../engine/training/setup.js';
import type { AdaptedModel } from '../../formats/types.js';
import type { SkippedFile } from '../../protocol/api.js';
import type { PredictedPicture } from '../../protocol/predictions.js';
import { PREDICTION_COLUMNS, predictionsCsv } from '../../results/predictions/rows.js';
import { PlaygroundError } from '../../vit/errors.js';
import { type Arguments, usage, type CommandDescription } from '../arguments.js';
import { defineCommand } from '../command.js';
import { byteSourcesFromPath } from '../inputs/folders.js';
import { MODEL_OPTIONS, modelOverrides, reportSkipped } from '../inputs/inputs.js';
import { EXIT, type Host } from '../machine/host.js';
import { sharpDecoder } from '../machine/images.js';
import { openPredictor } from '../runs/adapted.js';
import { percent, table, Terminal } from '../terminal.js';

const OPTIONS = {
  ...MODEL_OPTIONS,
  model: { value: 'FILE', help: 'the backbone that the run was trained on, where it is no longer where it was' },
  csv: { help: 'print comma-separated values, the confidence from 0 to 1' },
} as const;

type Options = Arguments<keyof typeof OPTIONS>;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'predict',
  positionals: 'RUN PATH...',
  summary: 'Says which class each picture is of, how surely, and how long that took.',
  details:
    'RUN is a run’s folder, its adapted.safetensors, or a checkpoint with a classification head (owner/name is fetched). PATH is a picture,\n' +
    'a folder or an archive of pictures, whatever they lie in. What cannot be read is named and skipped. Milliseconds are those of a picture\n' +
    'that goes through alone, without reading and decoding it. Exit code 1: Ctrl-C ended it.',
  options: OPTIONS,
};

/**
 * The pictures below all the paths, named by their path below the one that was given; with several paths the given path is part of the
 * name.
 */
async function openPaths(paths: readonly string[]): Promise<UnlabelledPictures> {
  const [first = '', ...others] = paths;
  const name = basename(resolve(first));
  if (others.length === 0) return openUnlabelled(await byteSourcesFromPath(first), sharpDecoder, name);
  const files: ByteSource[] = [];
  for (const path of paths) {
    for (const source of await byteSourcesFromPath(path)) {
      const whole = source.name === basename(path) ? path : join(path, source.name);
      files.push({ ...source, name: whole.replaceAll('\\', '/') });
    }
  }
  return openUnlabelled(files, sharpDecoder, name);
}

interface Found {
  readonly rows: readonly PredictedPicture[];
  readonly skipped: readonly SkippedFile[];
  readonly stopped: boolean;
}

async function predictAll(
  { metadata, backbone, trained }: AdaptedModel,
  { pictures }: UnlabelledPictures,
  host: Host,
  terminal: Terminal,
): Promise<Found> {
  const setup = setUpAdapted(metadata);
  const rows: PredictedPicture[] = [];
  const skipped: SkippedFile[] = [];
  let stopped = false;
  const engine = await host.openEngine();
  const release = host.onInterrupt(() => {
    stopped = true;
  });
  try {
    const network = await engine.createNetwork(setup.architecture, backbone, setup.options, (done, total) =>
      terminal.status(`Preparing the model: ${done} of ${total}`),
    );
    const labelled = labelPictures(network, { setup, metadata, trained }, pictures, {
      gate: async () => (stopped ? 'stop' : 'go'),
      onProgress: (done, total, stage) => terminal.stage(stage, done, total),
    });
    for await (const found of labelled) {
      if (found.kind === 'skipped') skipped.push(found.skipped);
      else rows.push(found.predicted);
      terminal.status(`Looking at pictures: ${rows.length + skipped.length} of ${pictures.length}`);
    }
    network.destroy();
    return { rows, skipped, stopped };
  } finally {
    release();
    engine.close();
  }
}

async function run(options: Options, host: Host): Promise<number> {
  const asCsv = options.flag('csv');
  const terminal = new Terminal(host.output, host.errors, options.json || asCsv);
  const [path, ...paths] = options.positionals;
  if (path === undefined || paths.length === 0) {
    throw usage("predict: give a run and the pictures to look at, as 'predict runs/mine pictures'; see 'predict --help'");
  }
  if (asCsv && options.json) throw usage('predict: --csv and --json are two ways to print the same; give one');
  const model = await openPredictor({ path, given: options.text('model'), overrides: modelOverrides(options), terminal });
  const pictures = await openPaths(paths);
  const { rows, skipped: broken, stopped } = await predictAll(model, pictures, host, terminal);
  const skipped = [...pictures.skipped, ...broken];
  reportSkipped(skipped, terminal, Infinity);
  if (rows.length === 0 && !stopped) {
    throw new PlaygroundError('data.empty', `${paths.join(', ')}: holds no picture that can be read`, { subject: 'PATH' });
  }
  terminal.clear();
  if (asCsv) {
    host.output.write(predictionsCsv(rows));
  } else {
    terminal.result({ run: path, classes: model.metadata.classes, pictures: rows, skipped }, () =>
      table([
        PREDICTION_COLUMNS,
        ...rows.map((row) => [row.picture, row.class, percent(row.confidence), row.milliseconds.toFixed(2)]),
      ]),
    );
  }
  return stopped ? EXIT.no : EXIT.done;
}

export const predict = defineCommand(DESCRIPTION, (options, _terminal, host) => run(options, host));
