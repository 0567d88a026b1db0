import type { AdapterDescription } from '../../protocol/runs/run.js';
import type { PlaygroundError } from '../../vit/errors.js';
import type { Kind } from './operation.js';
import type { Recorder } from './record.js';
import type { HostData, Storage, StorageOptions } from './tensor.js';

/** What changes from one run of a plan to the next. */
export interface StepValues {
  /** The run's seed; with `number` and a site it keys every random draw. */
  readonly seed: number;
  /** 0-based number of the training step. */
  readonly number: number;
  /** Pictures in this batch; the plan's remaining places are padding. */
  readonly images: number;
  /** Values for AdamW; left out where the program has no update. */
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
 * What a plan is compiled from. The work on pictures can be recorded for any number of pictures, because they meet only in sums (tensors of
 * storages with the role `sum`): a machine records it once for the whole batch, or for groups that it runs on several workers. The update
 * follows once, after the sums over all groups.
 */
export interface Program {
  readonly label: string;
  /** Pictures of a batch. */
  readonly images: number;
  /** Records the work on `images` pictures. It may be called several times, and records the same for the same number. */
  record(recorder: Recorder, images: number): void;
  /** Records what follows for the whole batch: the optimiser. */
  update?(recorder: Recorder): void;
}

/** The memory and work of a program, found without compiling it. */
export interface Measure {
  /** Bytes of the plan's memory. */
  readonly bytes: number;
  /** Multiply-accumulates of a run at the full batch. */
  readonly macs: number;
}

/** Pictures that stay on a machine, each at a place, so that runs need not bring them. */
export interface KeptPictures {
  /** The memory that all of them take. */
  readonly bytes: number;
  /** Puts a picture at a place, for the runs that are queued after this call. */
  write(place: number, bytes: Uint8Array<ArrayBuffer>): void;
  release(): void;
}

/** An input that a machine gathers from what it keeps: for each picture of the step its place. */
export interface Gathered {
  readonly from: KeptPictures;
  readonly places: readonly number[];
}

export interface Run {
  readonly step: StepValues;
  /** Inputs by name, for the pictures of the step; the plan's remaining places are padding. */
  readonly inputs: Readonly<Record<string, HostData>>;
  /** Further inputs by name, on a machine that keeps pictures. */
  readonly gathered?: Readonly<Record<string, Gathered>>;
  /** Outputs by name, for all pictures of the plan, and storages; the promise gives their contents in this order. */
  readonly read: readonly (string | Storage)[];
}

/** The time of one operation in a run. */
export interface OperationTime {
  readonly kind: Kind;
  /** Its label in the record; labels in a block begin with `blocks.I.`, and those of gradients with `d `. */
  readonly label: string;
  /** Multiply-accumulates. */
  readonly macs: number;
  /** On processors, the sum over all threads. */
  readonly milliseconds: number;
}

/** The host's work for a run on a graphics card. */
export interface Handed {
  readonly dispatches: number;
  readonly submissions: number;
  /** The time to encode and submit, averaged over the last runs. */
  readonly milliseconds: number;
}

/** A compiled program. A run allocates nothing and compiles nothing. */
export interface Plan {
  readonly images: number;
  /** Multiply-accumulates of a run with a full batch, counted from the record. */
  readonly macs: number;
  /** Bytes of this plan's memory. */
  readonly bytes: number;
  /** Whether its runs interrupt earlier ones between two operations, because somebody waits for one picture. */
  readonly urgent: boolean;
  /** The host's work for the runs so far; only on a graphics card. */
  readonly handed?: Handed | undefined;
  /**
   * Queues a run, with copies of its inputs, behind earlier ones and returns at once. The promise gives what is read when the run is done.
   * Several runs may be under way.
   */
  run(run: Run): Promise<ArrayBuffer[]>;
  /**
   * Measures the time of every operation. A machine that must separate operations to measure them repeats each several times; the results
   * that the run writes are then meaningless, and it takes longer than a normal run.
   */
  profile(run: Omit<Run, 'read'>): Promise<readonly OperationTime[]>;
  destroy(): void;
}

/** The slow stages before a plan can run; on a new graphics card they take most of the waiting time. */
export type Stage = 'Measuring kernels' | 'Compiling shaders';

/**
 * Called when a stage begins and after each of its parts. The parts of compiling are the different shaders that this machine has not
 * compiled before. It is not called for a stage without parts. What it throws ends the stage, and the compilation rejects with it.
 */
export type Progress = (done: number, total: number, stage: Stage) => void;

/** Computes plans: a graphics card, processors, or plain loops. Hosts and the model know nothing else of where things run. */
export interface Machine {
  readonly adapter: AdapterDescription;
  /** Settles with the reason when the machine can compute no more; never rejects. */
  readonly lost: Promise<PlaygroundError>;
  /** Bytes of the present storages and plans. */
  readonly allocatedBytes: number;
  storage(options: StorageOptions): Storage;
  /** Rejects with a sentence where the program does not fit into memory. */
  compile(program: Program, onProgress?: Progress): Promise<Plan>;
  measure(program: Program): Measure;
  /**
   * Memory for so many pictures of equally many bytes, a multiple of 4; null where it would take too much of the machine's. Left out where
   * runs share the host's memory anyway.
   */
  keepPictures?(count: number, bytes: number): Promise<KeptPictures | null>;
  /** Settles when all queued runs are done. */
  idle(): Promise<void>;
  /**
   * Measures kernels for the programs compiled so far, for `milliseconds`, so that later plans are faster. Nothing else should run
   * meanwhile.
   * @returns whether there is more to measure. Left out where there never is.
   */
  improve?(milliseconds: number): Promise<boolean>;
  /**
   * Leaves a processor to others for so many milliseconds from now, with the same results. Left out where the machine takes none.
   */
  giveWay?(milliseconds: number): void;
  destroy(): void;
}
