import type { ByteSource } from '../../../containers/bytes.js';
import type { Part } from '../../../protocol/maps.js';
import type { FolderLabels, Placed } from './inside.js';
import type { TableSource } from '../tables/source.js';
import type { Given, Question } from '../types.js';

/** Everything that folders and tables say of picture files. */
export interface Loose {
  readonly given: Given;
  readonly folders: FolderLabels;
  readonly placed: ReadonlyMap<ByteSource, Placed>;
  readonly tables: TableSource;
  readonly parts: ReadonlyMap<ByteSource, Part>;
  readonly partsFrom: string | null;
  readonly questions: readonly Question[];
  readonly notes: readonly string[];
}
