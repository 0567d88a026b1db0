import type { Method } from '../vit/methods/index.js';
import type { Answer } from './answer.js';
import type { Architecture } from '../vit/architecture.js';
import type { FullBenchmark, FullRow, ProfileRow } from './benchmark/full.js';
import type { BackboneAnswers, BackboneChoice, Configuration } from '../vit/configuration.js';
import type { ExportChoice } from './exports.js';
import type { NamedFile, SkippedFile } from './files.js';
import type { FetchedModel } from './hub/downloads.js';
import type { ErrorRecord, Question } from '../vit/errors.js';
import type { MachineOffer } from './machines.js';
import type { MergeMap, Part, PictureReference } from './maps.js';
import type { LiveLook, PredictedThumbnail, PredictionJob, PredictionPortion } from './predictions.js';
import type { Computed } from './provenance.js';
import type { AdapterDescription, Results, RunRecord, StepMetrics } from './runs/run.js';

export type { ProfileRow, Question, SkippedFile };

/** A file the person gave: dropped, picked or pasted. `path` has forward slashes and begins at the dropped folder. */
export interface GivenFile {
  readonly path: string;
  readonly file: File;
}

export interface ModelSummary {
  /** Tells backbones apart, and two ways to understand one; valid on this visit only. */
  readonly fingerprint: string;
  /** `bundled` or the file's name. */
  readonly name: string;
  /** What a person said of it, which overrules its files. */
  readonly answers: BackboneAnswers;
  /** For example `timm`, `Hugging Face ViT`, `AugReg npz`. */
  readonly format: string;
  readonly architecture: Architecture;
  readonly parameters: number;
  /** What was inferred, and from what, in a sentence each. */
  readonly notes: readonly string[];
  /** What was assumed because it is usual, and a person may know better, in a sentence each. */
  readonly guesses?: readonly string[];
  readonly unusedTensors: readonly string[];
}

/** A backbone that the origin's private storage holds, so that it can be chosen without being given again. */
export interface KeptModel {
  readonly name: string;
  /** Bytes that its files occupy. */
  readonly bytes: number;
  /** The answers with which the person used it last. */
  readonly answers: BackboneAnswers;
}

export interface KeptModels {
  readonly models: readonly KeptModel[];
  /** Bytes of downloads that did not finish, or whose backbone was never opened. */
  readonly unfinishedBytes: number;
}

export interface DataSummary {
  /** Of its pictures, classes and parts. */
  readonly fingerprint: string;
  /** Of its pictures, the names of its classes and its parts, but not of which class each picture has. */
  readonly places: string;
  /** `task:shapes`, or the name of the given data set. */
  readonly name: string;
  /** For example `a folder for each class`, `VTAB-1k lists`, `drawn task`. */
  readonly form: string;
  readonly classes: readonly { readonly name: string; readonly pictures: number }[];
  readonly pictures: { readonly train: number; readonly validation: number; readonly test: number };
  /** Where the parts come from, as a sentence. */
  readonly split: string;
  readonly skipped: readonly SkippedFile[];
  /** Which rule gave the classes, for example `folders`; null for a drawn task. */
  readonly classesFrom: string | null;
  /** What a person should know of classes and parts, a sentence each. */
  readonly notes: readonly string[];
  /** What the files leave open, to be answered by {@link PlaygroundApi.answerData}. */
  readonly questions: readonly Question[];
  /** The side in pixels if only resized pictures are available, from which larger ones are made; null if the files are open. */
  readonly keptSide: number | null;
  /** The usual shorter side of the original pictures in pixels; null where it is not known, and for a drawn task. */
  readonly typicalSide: number | null;
}

/** A data set that the origin's private storage holds, so that it can be chosen without being given again. */
export interface KeptDataset {
  /** Tells it apart from others of the same name. */
  readonly id: string;
  /** Null where the page was closed before all of its pictures were read: given again, reading continues from there. */
  readonly name: string | null;
  readonly pictures: number;
  readonly classes: number;
  /** Side of the kept pictures in pixels; 0 for one without a name. */
  readonly side: number;
  /** Bytes that it occupies. */
  readonly bytes: number;
}

export interface KeptDatasets {
  /** The latest used first. */
  readonly sets: readonly KeptDataset[];
  /** Bytes that this origin occupies, and the most that the browser would give it; null where it does not say. */
  readonly storage: { readonly used: number; readonly most: number } | null;
}

export interface DataArchive {
  readonly name: string;
  /** Null where the archive was written into a file. */
  readonly blob: Blob | null;
  readonly pictures: number;
  readonly skipped: readonly SkippedFile[];
}

/** Edits of a data set. They are always applied to the data set as its files say it. */
export interface DataEdits {
  /** From the class name in the files to the new one: two classes with the same new name are merged, and null drops the class. */
  readonly classes: Readonly<Record<string, string | null>>;
  /** Corrected labels: from a picture's name to the class that it is of, by its name in the files. Left out: none. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly splitSeed: number;
  /** Per cent to train, validate and test, where the data set brings no split. Left out: 70, 15 and 15. */
  readonly splitShares?: readonly [train: number, validation: number, test: number];
}

export type Recognised =
  | { readonly kind: 'model'; readonly model: ModelSummary }
  /** A backbone whose heads nothing says: `useModel` takes it under its name with the number. */
  | { readonly kind: 'question'; readonly model: string; readonly question: ErrorRecord }
  | { readonly kind: 'data'; readonly data: DataSummary }
  | { readonly kind: 'run'; readonly run: RunRecord }
  /** With the model where the file held the backbone too. */
  | { readonly kind: 'adapted'; readonly run: RunRecord; readonly model?: ModelSummary };

export interface Estimate {
  readonly gpuBytes: number;
  /** Null while this adapter's speed is not known. */
  readonly secondsPerEpoch: number | null;
  /** Pictures that training processes in a second; null while the speed is not known. */
  readonly imagesPerSecond: number | null;
  /** Whether the speed was seen in a run on this adapter; otherwise it is estimated from the speed of matrix products. */
  readonly seenInRuns: boolean;
  readonly trainedParameters: number;
  readonly totalParameters: number;
  readonly macs: number;
}

export interface Thumbnail {
  readonly name: string;
  readonly label: number;
  readonly side: number;
  /** RGBA, side x side. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

export interface VerifyReport {
  readonly file: string;
  readonly passed: boolean;
  readonly rows: readonly VerifyRow[];
}

export interface VerifyRow {
  readonly tensor: string;
  /** Relative L2 error, or for merges the number of tokens that differ. */
  readonly error: number;
  readonly bound: number;
  readonly passed: boolean;
}

/** What was measured on each machine, and a sentence for each that was not. */
export interface Benchmarks {
  readonly measured: readonly Benchmark[];
  readonly missing: readonly string[];
}

/** Throughput by method and schedule. */
export interface Benchmark {
  readonly model: string;
  /** Side of the pictures in pixels. */
  readonly imageSize: number;
  readonly batchSize: number;
  readonly adapter: string;
  readonly rows: readonly BenchmarkRow[];
}

export interface BenchmarkRow {
  readonly name: Method;
  readonly schedule: string;
  readonly tokensLeft: number;
  readonly gmacs: number;
  readonly inferenceImagesPerSecond: number;
  /** 10^9 floating-point operations a second, counted from the plan's multiply-accumulates. */
  readonly inferenceGflops: number;
  /** Null where training was not measured. */
  readonly trainingImagesPerSecond: number | null;
  readonly trainingGflops: number | null;
  /** Where the time goes, where that was asked for. */
  readonly profile?: { readonly inference: readonly ProfileRow[]; readonly training: readonly ProfileRow[] | null };
}

/** Everything the worker tells without being asked. */
export type WorkerEvent =
  | { readonly kind: 'adapter'; readonly adapter: AdapterDescription }
  /** `secondsLeft` is absent where it is not known. */
  | {
      readonly kind: 'busy';
      readonly what: string;
      readonly done: number;
      readonly total: number;
      readonly secondsLeft?: number;
    }
  | { readonly kind: 'idle' }
  | { readonly kind: 'memory'; readonly gpuBytes: number }
  | { readonly kind: 'step'; readonly metrics: StepMetrics }
  /** The rows of a benchmark so far, on one machine. */
  | { readonly kind: 'benchmarked'; readonly soFar: Benchmark }
  /** Of a full benchmark, as it comes. */
  | { readonly kind: 'measured'; readonly row: FullRow }
  /** The whole record, after every epoch and every change of state. */
  | { readonly kind: 'run'; readonly run: RunRecord }
  /** Live map of the watched picture; the latest replaces what came before. */
  | { readonly kind: 'map'; readonly map: MergeMap }
  /** Runs that train in other tabs of this origin: after the kept runs were asked for, and when one of them has ended. */
  | { readonly kind: 'elsewhere'; readonly runIds: readonly string[] }
  /** After an epoch's weights were kept: every epoch of the run whose weights are there, ascending. */
  | { readonly kind: 'epochs'; readonly runId: string; readonly epochs: readonly number[] }
  /** After a backbone was kept for the next visit, or deleted. */
  | { readonly kind: 'kept-models'; readonly kept: KeptModels }
  | { readonly kind: 'error'; readonly error: ErrorRecord; readonly runId?: string };

/** Where a map's weights come from. */
export type MapWeights =
  | { readonly kind: 'backbone' }
  /** After an epoch whose weights are kept (1-based); without one, those of the best epoch, or of now while the run trains. */
  | { readonly kind: 'run'; readonly runId: string; readonly epoch?: number };

export interface MapRequest {
  readonly weights: MapWeights;
  readonly picture: PictureReference;
  /** How the backbone should merge; for a run its own configuration decides. */
  readonly configuration: Configuration;
  /** Reduces a run's tokens by another method than its own: none, or merging without PYRA's modulation. */
  readonly method?: Method;
}

/**
 * What the worker can do, as the page sees it: through Comlink every call is a promise. Nothing throws; a failure is an {@link Answer}
 * with `ok: false`. One run trains at a time; maps, thumbnails and evaluations may be asked for meanwhile and are answered between two
 * steps.
 */
export interface PlaygroundApi {
  /** Opens the adapter and starts sending events. To be called once. */
  start(onEvent: (event: WorkerEvent) => void): Promise<Answer<AdapterDescription>>;
  /** Leaves a processor to the page for so many milliseconds from now, while a person uses it. */
  giveWay(milliseconds: number): Promise<void>;
  /**
   * Uses the bundled backbone, one that was given, or one that is kept, understood by its files and a person's answers.
   * `option.invalid` with the subject `heads` where the files do not give the number of heads, or a number is not possible.
   */
  useModel(choice: BackboneChoice): Promise<Answer<ModelSummary>>;
  keptModels(): Promise<Answer<KeptModels>>;
  /** Opens what the downloading worker fetched, as if it had been given. Its files stay where they are. */
  takeFetched(fetched: FetchedModel): Promise<Answer<Recognised>>;
  /** Deletes downloads that no kept backbone is made of. */
  deleteUnfinished(): Promise<Answer<KeptModels>>;
  /** Deletes a kept backbone with its files. */
  deleteModel(name: string): Promise<Answer<KeptModels>>;
  /** Adds files to the next selection, in portions, because one message with very many files would freeze the page. */
  offer(files: readonly GivenFile[]): Promise<Answer<void>>;
  /** Adds the files below a folder to the next selection; the worker walks through it. The answer is their number. */
  offerFolder(folder: FileSystemDirectoryHandle): Promise<Answer<number>>;
  /** Recognises by content what was offered and is given, and uses it as the data set, the backbone or a run. */
  give(files: readonly GivenFile[]): Promise<Answer<Recognised>>;
  /**
   * Uses what was offered as a data set whose classes a person made: of the files, in the order in which they were offered, each class
   * in turn has so many.
   */
  giveByHand(
    name: string,
    classes: readonly { readonly name: string; readonly pictures: number }[],
  ): Promise<Answer<DataSummary>>;
  /** Cancels taking the given files: `give` answers with `cancelled`. */
  cancelGiving(): Promise<void>;
  /** @param pictures how many to train, validate and test; null for as many as a VTAB-1k task has. */
  useTask(task: string, seed: number, pictures: Configuration['taskPictures']): Promise<Answer<DataSummary>>;
  keptData(): Promise<Answer<KeptDatasets>>;
  /** Deletes a kept data set, by its id; `usage` where a run trains on it, or another tab has it open. */
  deleteData(id: string): Promise<Answer<KeptDatasets>>;
  /**
   * Uses a data set that was given or is kept, without edits. `data.empty` where none has that name, `usage` where another tab has it
   * open.
   */
  useKeptData(name: string): Promise<Answer<DataSummary>>;
  editData(edits: DataEdits): Promise<Answer<DataSummary>>;
  /**
   * Reads the data set that was given last again, with another answer to one of its questions and without edits. `data.empty` where
   * none was given on this visit.
   */
  answerData(option: Question['option'], value: string): Promise<Answer<DataSummary>>;
  /** Reads the files that were refused last with a question again, with an answer to it. */
  answerRefused(option: Question['option'], value: string): Promise<Answer<DataSummary>>;
  /**
   * Writes the data set in use, as it is understood, as a zip: into a file that the person chose, or as a blob where `into` is null.
   * The answer names the pictures that could not be read and are left out.
   */
  exportData(into: FileSystemFileHandle | null): Promise<Answer<DataArchive>>;
  thumbnails(part: Part, from: number, count: number, side: number): Promise<Answer<Computed<readonly Thumbnail[]>>>;
  /** Indices (within the part) of the pictures of a class of the data set in use. */
  classPictures(part: Part, label: number): Promise<Answer<Computed<readonly number[]>>>;
  estimate(configuration: Configuration): Promise<Answer<Computed<Estimate>>>;
  /** Trains to the end. Resolves with the finished, stopped or failed run; progress comes as events. */
  adapt(configuration: Configuration, name: string): Promise<Answer<RunRecord>>;
  /** Pauses before the next step; `adapt` stays pending. */
  pause(): Promise<Answer<null>>;
  resume(): Promise<Answer<null>>;
  /** Ends after the step; `adapt` resolves with state `stopped` and keeps the results so far. */
  stop(): Promise<Answer<null>>;
  /** Goes on with a paused, stopped or interrupted run from its last epoch. */
  continueRun(runId: string): Promise<Answer<RunRecord>>;
  /** Runs kept in the origin's private storage, newest first. */
  savedRuns(): Promise<Answer<readonly RunRecord[]>>;
  /** The runs that come with the page; `network` where they cannot be fetched. */
  study(): Promise<Answer<Results>>;
  updateRun(runId: string, change: { readonly name?: string; readonly notes?: string }): Promise<Answer<RunRecord>>;
  deleteRun(runId: string): Promise<Answer<null>>;
  /** Epochs of a run whose weights are kept besides the best one's, ascending. */
  keptEpochs(runId: string): Promise<Answer<readonly number[]>>;
  /**
   * Measures a run's test part and its speed again, on this adapter, while nothing else runs, and writes the result into its record.
   */
  measureRun(runId: string): Promise<Answer<RunRecord>>;
  map(request: MapRequest): Promise<Answer<MergeMap>>;
  /** Sets the picture of which maps are sent while training; null for none. */
  watch(request: MapRequest | null): Promise<Answer<null>>;
  addOwnPicture(file: File): Promise<Answer<PictureReference>>;
  /** Why a file cannot be used as a picture, in the sentence that a data set with it would say; null where it can be. */
  whyUnreadable(file: File): Promise<Answer<string | null>>;
  /** Indices (within the part) of the pictures in one cell of a run's confusion matrix. */
  confusionCell(runId: string, part: Part, truth: number, predicted: number): Promise<Answer<Computed<readonly number[]>>>;
  /**
   * Gets ready to label pictures by a run: those among what was offered and is given, in natural order, with the paths that the command
   * line gives them. `data.empty` where there is none, `cancelled` after {@link cancelGiving}.
   */
  beginPredicting(runId: string, files: readonly GivenFile[]): Promise<Answer<Computed<PredictionJob>>>;
  /** Labels the next pictures, for a fraction of a second, so that nothing is computed in vain. */
  morePredictions(job: number): Promise<Answer<PredictionPortion>>;
  /** Drops the pictures that are not labelled yet. */
  stopPredicting(): Promise<Answer<null>>;
  /** One of a job's pictures, labelled or not, by its number. */
  predictedThumbnail(job: number, index: number, side: number): Promise<Answer<PredictedThumbnail>>;
  /** Adds one of a job's pictures to the person's own, to be looked at on the map. */
  addPredictedPicture(job: number, index: number): Promise<Answer<PictureReference>>;
  /** Classifies a picture of the camera by a run; the worker closes the bitmap. The run's networks are kept until {@link endLive}. */
  lookLive(runId: string, picture: ImageBitmap): Promise<Answer<Computed<LiveLook>>>;
  endLive(): Promise<Answer<null>>;
  /**
   * A run as a file to save; several files come as one zip.
   *
   * @param beside what the page itself has of the run: its maps, and for `everything` its curves.
   */
  exportRun(runId: string, format: ExportChoice, beside: readonly NamedFile[]): Promise<Answer<NamedFile>>;
  /** Runs the bundled golden files, or the given ones, on this adapter. */
  verify(files: readonly GivenFile[]): Promise<Answer<readonly VerifyReport[]>>;
  /**
   * Measures throughput with the configuration's backbone and size of pictures.
   *
   * @param everywhere on every machine that this browser has, not only on the one in use.
   */
  benchmark(configuration: Configuration, everywhere: boolean): Promise<Answer<Computed<Benchmarks>>>;
  /**
   * Measures everything that takes a few minutes of the machine in use, on a device of its own. Rows come as events while it runs.
   *
   * @param minutes the most that it takes; what does not fit is named.
   */
  fullBenchmark(minutes: number): Promise<Answer<FullBenchmark>>;
  /** The machines to choose from, each measured, while nothing else runs. */
  machines(): Promise<Answer<readonly MachineOffer[]>>;
}
