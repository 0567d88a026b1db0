import type { RunRecord, StepMetrics } from '../../protocol/runs/run.js';
import type { Configuration } from '../../vit/configuration.js';
import type { StepSeries } from '../series.js';

export type TrainingPhase = 'idle' | 'starting' | 'running' | 'paused' | 'stopping';

export interface TrainingSlice {
  readonly training: TrainingPhase;
  /** The configuration that replaces the set-up while a run trains or is measured, and during a sweep. */
  readonly borrowed: Configuration | null;
  /** The run that trains now. */
  readonly activeId: string | null;
  /** Steps of the run that trains, or trained last. It grows in place, and `seriesVersion` counts the changes. */
  readonly series: StepSeries | null;
  readonly seriesVersion: number;
  /** Whether to notify the person through the system at the end; `refused` where the browser does not allow it. */
  readonly telling: 'no' | 'yes' | 'refused';
  /** Turns that on, for which it asks the browser's permission, or off. */
  askToTell(): Promise<void>;
  receiveSteps(steps: readonly StepMetrics[]): void;
  /** Notes the run that the worker says is under way. */
  noticeTraining(run: RunRecord): void;
  adapt(): Promise<void>;
  /** Trains one configuration to its end; null where it could not start. */
  train(configuration: Configuration, name: string): Promise<RunRecord | null>;
  continueRun(runId: string): Promise<RunRecord | null>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
  /** Brings the set-up's backbone and data back into use, after a run that needed others. */
  restoreSetUp(): Promise<void>;
}
