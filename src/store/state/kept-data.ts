import type { DataArchive, KeptDatasets } from '../../protocol/api.js';

export interface KeptDataSlice {
  /** Data sets of this and earlier visits, which can be chosen without being given again. */
  readonly keptData: KeptDatasets;
  readonly exportingData: boolean;
  loadKeptData(): Promise<void>;
  /** Deletes a kept data set, by its id; the one in use gives way to the page's first task. */
  deleteData(id: string): Promise<void>;
  /** The data set in use as a zip, into the file or as a blob; null where it could not be written, which is said at `data`. */
  exportData(into: FileSystemFileHandle | null): Promise<DataArchive | null>;
}
