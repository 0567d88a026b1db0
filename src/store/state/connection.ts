import type { AdapterDescription } from '../../protocol/runs/run.js';

export interface Busy {
  readonly what: string;
  readonly done: number;
  readonly total: number;
  /** Absent where it is not known. */
  readonly secondsLeft?: number;
}

export interface ConnectionSlice {
  /** `unavailable`: there is no adapter, and the problem at `connection` says why. */
  readonly connection: 'starting' | 'ready' | 'unavailable';
  readonly adapter: AdapterDescription | null;
  readonly busy: Busy | null;
  readonly gpuBytes: number;
  readonly peakGpuBytes: number;
  /** Asks for the adapter, then for the bundled model, the task and the kept runs. */
  start(): Promise<void>;
}
