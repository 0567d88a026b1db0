import type { AdapterDescription } from '../../protocol/run.js';
import type { PlaygroundError } from '../../vit/errors.js';
import type { Kind } from './operation.js';
import type { Recorder } from './record.js';
import type { HostData, Storage, StorageOptions } from './tensor.js';

/** What changes from one run of a plan to the next. */
export interface StepValues {
  /** Of the run; with `number` and a site it keys every random draw. */
  readonly seed: number;
  /** 0-based number of the training step. */
  readonly number: number;
  /** Pictures in this batch; the rest of the plan's are padding. */
  readonly images: number;
  /** AdamW's; left out where the program has no update. */
  readonly update?: UpdateValues;
}

export interface UpdateValues {
  /** 1 - beta1^t and 1 - beta2^t. */
  readonly corrections: readonly [number, number];
  /** Learning rates of the parameter groups: common, PYRA. */
  readonly rates: readonly [number, number];
  /** Decoupled weight decay of the groups that decay. */
  readonly decay: number;
}

/**
 * What a plan is made of. The work on pictures is recorded for any number of them, since pictures meet only in what is summed over
 * them (tensors of storages with the role `sum`): a machine may record it once for the whole batch, or for groups that it runs on
 * several workers. The update follows once, after the sums over all groups are there.
 */
export interface Program {
  readonly label: string;
  /** Pictures of a batch. */
  readonly images: number;
  /** Records the work on `images` pictures. May be called several times and must record the same for the same number. */
  record(recorder: Recorder, images: number): void;
  /** Records what follows for the whole batch: the optimiser. */
  update?(recorder: Recorder): void;
}

/** What a program would take and do, without making it. */
export interface Measure {
  /** Bytes of the plan's memory. */
  readonly bytes: number;
  /** Multiply-accumulates of a run at the full batch. */
  readonly macs: number;
}

export interface Run {
  readonly step: StepValues;
  /** By name, for the step's pictures: what a plan has room for beyond them is padding. */
  readonly inputs: Readonly<Record<string, HostData>>;
  /** Outputs by name, over all the pictures of the plan, and storages: what the promise brings, in this order. */
  readonly read: readonly (string | Storage)[];
}

/** What one operation took of a run. */
export interface OperationTime {
  readonly kind: Kind;
  /** As it was recorded: a block's begin with `blocks.I.`, and a gradient's with `d `. */
  readonly label: string;
  /** Multiply-accumulates. */
  readonly macs: number;
  /** On processors, of all threads together. */
  readonly milliseconds: number;
}

/** What handing a run over takes of the host, where that is a matter of its own: on a graphics card. */
export interface Handed {
  readonly dispatches: number;
  readonly submissions: number;
  /** Encoding and submitting, a mean over the last runs. */
  readonly milliseconds: number;
}

/** A program made ready. Everything is made ahead: a run allocates nothing and compiles nothing. */
export interface Plan {
  readonly images: number;
  /** Multiply-accumulates of a run at the full batch, counted from the record. */
  readonly macs: number;
  /** Bytes of this plan's memory. */
  readonly bytes: number;
  /** Whether a run goes before what was handed over earlier: between two operations of that, where somebody waits for one picture. */
  readonly urgent: boolean;
  /** Of the runs so far, on a card. */
  readonly handed?: Handed | undefined;
  /**
   * Hands a run over at once, inputs included, after those handed over before; what is read comes back when it is done. Several
   * may be under way.
   */
  run(run: Run): Promise<ArrayBuffer[]>;
  /**
   * Runs with a clock beside every operation. Where operations have to be kept apart to be told apart, each runs several times over:
   * what is written is then worth nothing, and the whole takes longer than a run.
   */
  profile(run: Omit<Run, 'read'>): Promise<readonly OperationTime[]>;
  destroy(): void;
}

/** What a machine does before a plan can run, where that takes more than a moment: most of what one waits for on a new card. */
export type Stage = 'Measuring kernels' | 'Compiling shaders';

/**
 * Told when a stage begins and whenever a part of it is done, of how many: of shaders those that are distinct and that this machine
 * has not compiled before. A stage without parts is not told.
 */
export type Progress = (done: number, total: number, stage: Stage) => void;

/** Runs records: a graphics card, processors, or plain loops. All that host code and the model know of where things run. */
export interface Machine {
  readonly adapter: AdapterDescription;
  /** Settles when nothing runs here any more; never rejects. */
  readonly lost: Promise<PlaygroundError>;
  /** Bytes of storages and plans that are there now. */
  readonly allocatedBytes: number;
  storage(options: StorageOptions): Storage;
  /** Rejects with a sentence where the program does not fit. */
  compile(program: Program, onProgress?: Progress): Promise<Plan>;
  measure(program: Program): Measure;
  /** Settles when everything handed over is done. */
  idle(): Promise<void>;
  /**
   * Looks for so many milliseconds for faster ways to compute what was compiled so far, for plans to come, while nothing else runs.
   * @returns whether there is more to look for; left out where there never is.
   */
  improve?(milliseconds: number): Promise<boolean>;
  destroy(): void;
}
