import { readCifarBinary } from '../readers/arrays/cifar-binary.js';
import { readCifarPython } from '../readers/arrays/cifar-python.js';
import { readIdx } from '../readers/arrays/idx.js';
import { readArrays } from '../readers/arrays/pairs.js';
import { readPixelTables } from '../readers/arrays/pixel-tables.js';
import { readStlBinary } from '../readers/arrays/stl-binary.js';
import { readArrowSets, readParquetSets } from '../readers/columns/reading.js';
import { readForeign } from '../readers/foreign.js';
import { readVtab, vtabFolders } from '../readers/vtab.js';
import { readWebDataset } from '../readers/webdataset.js';
import type { ReadSet } from '../readers/types.js';
import { readDetection } from './detection.js';
import { readLoose } from './loose/loose.js';
import { readOrdered } from './ordered.js';
import type { Reader, Reading } from './types.js';
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

const readVtab1k: Reader = async (given, { task }) => {
  const folders = vtabFolders(given);
  if (folders.size === 0) return [];
  const lists = [...folders.values()].flatMap((each) => [...each.values()]);
  const reading = declared(await readVtab(given, given.name, task), 'vtab', [...lists, ...given.pictures]);
  return [{ ...reading, explains: given.pictures.length, ...(task === undefined ? {} : { task }) }];
};

/** Every reader is asked, independently of the others; `judge` then chooses among what they propose. */
export const READERS: readonly Reader[] = [
  readParquetSets,
  readArrowSets,
  readVtab1k,
  readWebDataset,
  readIdx,
  readArrays,
  readCifarPython,
  readCifarBinary,
  readStlBinary,
  readPixelTables,
  readOrdered,
  readLoose,
  readDetection,
  readForeign,
];
