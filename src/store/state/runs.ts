import type { RunRecord } from '../../protocol/run.js';
import type { Part } from '../../protocol/maps.js';
import type { ExportChoice } from '../../protocol/exports.js';
import type { NamedFile } from '../../protocol/files.js';
import type { Evidence } from '../evidence.js';

export interface Cell {
  readonly runId: string;
  readonly part: Part;
  readonly truth: number;
  readonly predicted: number;
  /** Null while they are being looked up, or where they are of another data set than the one in use. */
  readonly indices: readonly number[] | null;
}

export interface RunsSlice {
  readonly runs: Readonly<Record<string, RunRecord>>;
  readonly selectedId: string | null;
  /** The run under the pointer in the figure or the table. */
  readonly hoveredId: string | null;
  /** Runs whose curves are laid over those of the one that is looked at, in the order in which they were chosen. */
  readonly overlaid: readonly string[];
  /** Runs that train in another tab. */
  readonly elsewhere: readonly string[];
  /** Hidden, and deleted for good once the time to undo has passed. */
  readonly deleting: readonly string[];
  /** Of a run and a data set; read by `shownCell`. */
  readonly cell: Evidence<Cell> | null;
  readonly exporting: ExportChoice | null;
  /** The run whose speed and accuracy are measured again. */
  readonly measuringId: string | null;
  loadSavedRuns(): Promise<void>;
  receiveRun(run: RunRecord): void;
  select(runId: string | null): void;
  hover(runId: string | null): void;
  overlayRun(runId: string, on: boolean): void;
  rename(runId: string, name: string): Promise<void>;
  /** Writes down what a person has to say of a run. */
  note(runId: string, notes: string): Promise<void>;
  remove(runId: string): void;
  undoRemove(runId: string): void;
  openCell(runId: string, part: Part, truth: number, predicted: number): Promise<void>;
  closeCell(): void;
  /** The file to save, or null where it could not be made. */
  exportRun(runId: string, format: ExportChoice, beside?: readonly NamedFile[]): Promise<NamedFile | null>;
  measureAgain(runId: string): Promise<void>;
}
