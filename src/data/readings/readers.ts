import { cifarBatches, readCifar } from '../readers/cifar.js';
import { isParquet, readParquet } from '../readers/parquet.js';
import { readVtab, vtabFolders } from '../readers/vtab.js';
import type { ReadSet } from '../readers/types.js';
import { readDetection } from './detection.js';
import { readLoose } from './loose.js';
import type { Given, Reader, Reading } from './types.js';
import type { ByteSource } from '../../containers/bytes.js';

function declared(raw: ReadSet, form: string, accounts: Iterable<ByteSource>): Reading {
  return {
    kind: 'reading',
    form,
    title: raw.form,
    classes: raw.classes,
    examples: raw.examples,
    leftOut: raw.skipped,
    accounts: new Set(accounts),
    evidence: 'declared',
    labelsFrom: raw.form,
    partsFrom: raw.partsFrom,
    questions: [],
    notes: [],
  };
}

const parquet: Reader = async (given: Given) => {
  const files: ByteSource[] = [];
  for (const file of given.others) if (await isParquet(file)) files.push(file);
  return files.length === 0 ? [] : [declared(await readParquet(given, given.name), 'parquet', files)];
};

const cifar: Reader = async (given) => {
  if (given.pictures.length > 0) return [];
  const batches = cifarBatches(given);
  return batches ? [declared(await readCifar(given, batches), 'arrays', given.others)] : [];
};

const vtab: Reader = async (given, { task }) => {
  const folders = vtabFolders(given);
  if (folders.size === 0) return [];
  const lists = [...folders.values()].flatMap((each) => [...each.values()]);
  const reading = declared(await readVtab(given, given.name, task), 'vtab', [...lists, ...given.pictures]);
  return [{ ...reading, explains: given.pictures.length, ...(task === undefined ? {} : { task }) }];
};

/** All are asked; none decides that another is not. */
export const READERS: readonly Reader[] = [parquet, vtab, cifar, readLoose, readDetection];
