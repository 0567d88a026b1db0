import type { RunRecord } from '../../protocol/runs/run.js';
import type { Part } from '../../protocol/maps.js';
import type { ExportChoice } from '../../protocol/exports.js';
import type { NamedFile } from '../../protocol/files.js';
import type { Evidence } from '../evidence.js';

export interface Cell {
  readonly runId: string;
  readonly part: Part;
  readonly truth: number;
  readonly predicted: number;
  /** Null while they are looked up, and where they belong to another data set than the one in use. */
  readonly indices: readonly number[] | null;
}

export interface RunsSlice {
  readonly runs: Readonly<Record<string, RunRecord>>;
  readonly selectedId: string | null;
  /** The run under the pointer in the figure or the table. */
  readonly hoveredId: string | null;
  /** Runs whose curves are drawn over those of the selected run, in the order in which they were chosen. */
  readonly overlaid: readonly string[];
  /** Runs that train in another tab. */
  readonly elsewhere: readonly string[];
  /** Hidden runs, which are deleted for good when the time to undo is over. */
  readonly deleting: readonly string[];
  /** Runs of which this browser has the record alone, as far as their weights were asked for. */
  readonly withoutWeights: ReadonlySet<string>;
  /** The open cell of a run's confusion matrix; read by `shownCell`. */
  readonly cell: Evidence<Cell> | null;
  readonly exporting: ExportChoice | null;
  /** The run that is being measured again. */
  readonly measuringId: string | null;
  loadSavedRuns(): Promise<void>;
  receiveRun(run: RunRecord): void;
  select(runId: string | null): void;
  hover(runId: string | null): void;
  overlayRun(runId: string, on: boolean): void;
  rename(runId: string, name: string): Promise<void>;
  /** Sets a run's notes. */
  note(runId: string, notes: string): Promise<void>;
  remove(runId: string): void;
  undoRemove(runId: string): void;
  openCell(runId: string, part: Part, truth: number, predicted: number): Promise<void>;
  closeCell(): void;
  /** The file to save, or null where it could not be made. */
  exportRun(runId: string, format: ExportChoice, beside?: readonly NamedFile[]): Promise<NamedFile | null>;
  measureAgain(runId: string): Promise<void>;
}
