import { exportModel, measuredOf, zipFiles } from '../../formats/exports/index.js';
import { exportUnit, MODEL_FORMATS, type ExportChoice, type ModelFormat } from '../../protocol/exports.js';
import type { NamedFile } from '../../protocol/files.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import type { Models } from '../inputs/models.js';
import { ADAPTED, encodeRecord, RECORD, type RunStore } from '../kept/run-store.js';
import { weightsOf } from './networks.js';
import { nameOf } from '../../protocol/runs/run-names.js';

interface Parts {
  readonly runs: Pick<RunStore, 'weights' | 'weightsFile'>;
  readonly models: Pick<Models, 'requireFor'>;
  /** The files of the page that a run is exported as. */
  readonly builtPage: () => Promise<readonly NamedFile[]>;
}

/** The format in which the weights are kept, and exported byte by byte. */
const OWN: ModelFormat = 'pyra';

/** Parameters of the largest model of which the zip of everything holds whole checkpoints: the zip is made in memory. */
const LARGEST_WHOLE = 30e6;

/**
 * A kept run as one file to save: several files of a format are zipped. `everything` is a zip with the record and the trained weights
 * at its top, from which this page restores the run, a folder for each format that can hold it, and the files `beside`.
 */
export async function exportRun(
  record: RunRecord,
  format: ExportChoice,
  beside: readonly NamedFile[],
  parts: Parts,
): Promise<NamedFile> {
  const name = plainName(nameOf(record));
  if (format === 'everything') return zipFiles(await everything(record, beside, parts), `${name}.zip`);
  if (format === 'maps') return zipFiles(beside, `${name}-maps.zip`);
  const files = format === 'run' ? [recordFile(record)] : await modelFiles(record, format, parts);
  const [only] = files;
  // Named after its run.
  return only && files.length === 1 ? { ...only, name: `${name}-${only.name}` } : zipFiles(files, `${name}-${format}.zip`);
}

const recordFile = (record: RunRecord): NamedFile => ({
  name: RECORD,
  mediaType: 'application/json',
  bytes: encodeRecord(record),
});

async function modelFiles(
  record: RunRecord,
  format: ModelFormat,
  { runs, models, builtPage }: Parts,
): Promise<readonly NamedFile[]> {
  if (format === OWN) {
    const bytes = await runs.weightsFile(record);
    return [{ name: ADAPTED, mediaType: 'application/octet-stream', bytes }];
  }
  const { metadata, trained, model } = await weightsOf({ runs, models }, record);
  return exportModel({ metadata, backbone: model.loaded.reader, trained }, format, { builtPage, measured: measuredOf(record) });
}

async function everything(record: RunRecord, beside: readonly NamedFile[], parts: Parts): Promise<NamedFile[]> {
  const files = [recordFile(record), ...(await modelFiles(record, OWN, parts)), ...beside];
  const without: string[] = [];
  for (const format of MODEL_FORMATS.filter((other) => other !== OWN)) {
    if (exportUnit(format).whole && record.totalParameters > LARGEST_WHOLE) {
      without.push(`${format}: the whole backbone is too large for this archive; export it by itself`);
      continue;
    }
    try {
      for (const file of await modelFiles(record, format, parts)) files.push({ ...file, name: `${format}/${file.name}` });
    } catch (thrown) {
      // A format that cannot hold this run is left out, and the list of contents says why.
      if (!(thrown instanceof PlaygroundError) || thrown.code !== 'option.invalid') throw thrown;
      without.push(`${format}: ${thrown.message}`);
    }
  }
  const text = [
    `${nameOf(record)}: everything that PYRA Playground knows of this run. Give it this archive to restore the run.`,
    '',
    ...files.map((file) => file.name),
    ...(without.length > 0 ? ['', 'Left out:', ...without] : []),
    '',
  ].join('\n');
  return [...files, { name: 'CONTENTS.txt', mediaType: 'text/plain', bytes: new TextEncoder().encode(text) }];
}

/** A file name made of the run's, with the characters that every file system takes. */
function plainName(text: string): string {
  const plain = text.replaceAll(/[^\w.@-]+/g, '-').replaceAll(/^[-.]+|-+$/g, '');
  return plain === '' ? 'run' : plain.toLowerCase();
}
