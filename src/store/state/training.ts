import type { RunRecord, StepMetrics } from '../../protocol/run.js';
import type { Configuration } from '../../vit/configuration.js';
import type { StepSeries } from '../series.js';

export type TrainingPhase = 'idle' | 'starting' | 'running' | 'paused' | 'stopping';

export interface TrainingSlice {
  readonly training: TrainingPhase;
  /** What the page works with instead of the set-up while a run trains or is measured, and during a sweep. */
  readonly borrowed: Configuration | null;
  /** The run that trains now. */
  readonly activeId: string | null;
  /** Steps of the run that trains, or of the last one that did; appended in place, `seriesVersion` counts the changes. */
  readonly series: StepSeries | null;
  readonly seriesVersion: number;
  /** What the system shows at the end was asked for; `refused` where the browser does not let it. */
  readonly telling: 'no' | 'yes' | 'refused';
  /** Asks the browser for leave to say outside the page that the run, or the sweep, has ended; pressed again, takes it back. */
  askToTell(): Promise<void>;
  receiveSteps(steps: readonly StepMetrics[]): void;
  /** Called when the worker says that a run is under way. */
  noticeTraining(run: RunRecord): void;
  adapt(): Promise<void>;
  /** Trains one configuration to its end; null where it could not start. */
  train(configuration: Configuration, name: string): Promise<RunRecord | null>;
  continueRun(runId: string): Promise<RunRecord | null>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
  /** Brings back the backbone and the data that are set up, where a run needed others. */
  restoreSetUp(): Promise<void>;
}
