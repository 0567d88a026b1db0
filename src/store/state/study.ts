import type { RunRecord } from '../../protocol/run.js';

export interface StudySlice {
  /** Runs that come with the page, by their ids: to look at, not to change. */
  readonly study: Readonly<Record<string, RunRecord>>;
  /** Those of them whose weights come too. */
  readonly studyWeights: ReadonlySet<string>;
  /** Whether they stand in the figure; the next visit finds it as it was left. */
  readonly studyShown: boolean;
  loadStudy(): Promise<void>;
  showStudy(shown: boolean): void;
}
