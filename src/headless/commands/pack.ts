import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { samePictures } from '../../data/identity/duplicates.js';
import { exportDataset, type Exported } from '../../data/export.js';
import type { Dataset } from '../../data/types.js';
import { type Arguments, usage, type CommandDescription } from '../arguments.js';
import { defineCommand } from '../command.js';
import { readDraws, RECIPE_OPTIONS } from '../inputs/configuration.js';
import { EXIT } from '../machine/host.js';
import { DATA_OPTIONS, openData, readDataPlace, readMapping, recounted, reportData } from '../inputs/inputs.js';
import { fileName, requireFree, writeBeside } from '../runs/outputs.js';
import { type Terminal } from '../terminal.js';

const OPTIONS = {
  ...DATA_OPTIONS,
  data: { value: 'PATH', help: 'a folder, a zip, ... of labelled pictures, or task:NAME' },
  classes: {
    value: 'EDITS',
    help: "old=new with commas between, as 'cat=animal,dog=animal,bird=': renames, merges, and drops where nothing follows",
  },
  seed: { ...RECIPE_OPTIONS.seed, help: 'draws a built-in task (default: 0)' },
  'split-seed': RECIPE_OPTIONS['split-seed'],
  split: RECIPE_OPTIONS.split,
  pictures: RECIPE_OPTIONS.pictures,
  out: { value: 'FILE', help: "the zip (default: the data set's name, here)" },
  force: { help: 'write over what is there' },
} as const;

type Options = Arguments<keyof typeof OPTIONS>;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'pack',
  summary: 'Writes a data set as it is understood, classes and parts, as one zip.',
  details:
    'The zip has a folder for each class and VTAB-1k’s lists of the parts, so that it is split the same wherever it is read. Pictures go\n' +
    'in as they came; drawn ones as PNG. What cannot be read is named and left out.',
  options: OPTIONS,
};

/** Streams the zip into a temporary file and moves it to its place when it is complete. Returns what it contains. */
async function write(dataset: Dataset, path: string, terminal: Terminal): Promise<Exported> {
  let exported: Exported | null = null;
  await writeBeside(path, async (part) => {
    const file = createWriteStream(part);
    try {
      exported = await exportDataset(dataset, Writable.toWeb(file), {
        onProgress: (done, total) => terminal.status(`Writing pictures: ${done} of ${total}`),
      });
    } catch (cause) {
      // Where the disk caused the failure, its error is the one to report.
      throw file.errored ?? cause;
    } finally {
      file.destroy();
    }
  });
  if (exported === null) throw new Error(`${path}: was not written`);
  return exported;
}

async function run(options: Options, terminal: Terminal): Promise<number> {
  const { place, options: how } = readDataPlace(options);
  if (place === undefined) throw usage("pack: --data is missing; see 'pack --help'");
  const edits = readMapping(options.text('classes'), 'classes');
  const data = await openData({ place, options: how, ...readDraws(options), edits });
  const { dataset } = data;
  const stem = fileName(data.name.replace(/^task:/, '').replace(/\.(zip|tar|tar\.gz|tgz|parquet|csv)$/i, ''), 'data');
  const out = options.text('out') ?? `${stem}.zip`;
  await requireFree([out], options.flag('force'));
  const { classes } = dataset;
  const { parts, skipped, written } = await write(dataset, out, terminal);
  reportData({ ...recounted(data, written), skipped: [...data.skipped, ...skipped] }, terminal);
  const digest = (index: number): Promise<string | null> => dataset.digest(index).catch(() => null);
  const twice = data.understood ? await samePictures(dataset, digest, data.understood.partsFrom !== null) : [];
  for (const sentence of twice) terminal.note(sentence);
  const report = { file: out, bytes: (await stat(out)).size, classes, parts, skipped: [...data.skipped, ...skipped], twice };
  terminal.result(report, () => [
    `${classes.length} classes, ${parts.train} + ${parts.validation} + ${parts.test} pictures to train, validate and test`,
    `Wrote ${out} (${report.bytes} bytes)`,
  ]);
  return EXIT.done;
}

export const pack = defineCommand(DESCRIPTION, run);
