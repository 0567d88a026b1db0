import type { RunRecord } from '../../protocol/runs/run.js';

export interface StudySlice {
  /** Runs that come with the page, by id; they can be opened but not changed. */
  readonly study: Readonly<Record<string, RunRecord>>;
  /** Those of them that come with their weights. */
  readonly studyWeights: ReadonlySet<string>;
  /** Whether they are drawn in the figure; kept for the next visit. */
  readonly studyShown: boolean;
  loadStudy(): Promise<void>;
  showStudy(shown: boolean): void;
}
