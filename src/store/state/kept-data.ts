import type { DataArchive, KeptDatasets } from '../../protocol/api.js';

export interface KeptDataSlice {
  /** Data sets of this and earlier visits, which can be used without being given again. */
  readonly keptData: KeptDatasets;
  readonly exportingData: boolean;
  loadKeptData(): Promise<void>;
  /** Deletes a kept data set by its id; where it is in use, the page's first task replaces it. */
  deleteData(id: string): Promise<void>;
  /** Writes the data set in use as a zip, into the file or a blob. Null if that failed; the error is reported at `data`. */
  exportData(into: FileSystemFileHandle | null): Promise<DataArchive | null>;
}
