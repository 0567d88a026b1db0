import type { ByteSource } from '../../../containers/bytes.js';
import type { Part } from '../../../protocol/maps.js';
import type { FolderLabels, Placed } from './inside.js';
import type { NameList } from '../tables/class-names.js';
import type { TableSource } from '../tables/source.js';
import type { Given, Question } from '../types.js';

/** Everything that folders and tables say of picture files. */
export interface Loose {
  readonly given: Given;
  readonly folders: FolderLabels;
  readonly placed: ReadonlyMap<ByteSource, Placed>;
  readonly tables: TableSource;
  /** Texts that name no pictures, and may list the classes. */
  readonly lists: readonly NameList[];
  readonly parts: ReadonlyMap<ByteSource, Part>;
  readonly partsFrom: string | null;
  readonly questions: readonly Question[];
  readonly notes: readonly string[];
}
