import type { Method } from '../vit/methods/index.js';
import type { Answer } from './answer.js';
import type { Architecture } from '../vit/architecture.js';
import type { FullBenchmark, FullRow, ProfileRow } from './benchmark/full.js';
import type { BackboneAnswers, BackboneChoice, Configuration } from '../vit/configuration.js';
import type { ExportChoice } from './exports.js';
import type { NamedFile, SkippedFile } from './files.js';
import type { FetchedModel } from './hub/downloads.js';
import type { ErrorRecord } from '../vit/errors.js';
import type { MachineOffer } from './machines.js';
import type { MergeMap, Part, PictureReference } from './maps.js';
import type { LiveLook, PredictedThumbnail, PredictionJob, PredictionPortion } from './predictions.js';
import type { Computed } from './provenance.js';
import type { AdapterDescription, Results, RunRecord, StepMetrics } from './run.js';

export type { ProfileRow, SkippedFile };

/** A file the person gave: dropped, picked or pasted. `path` has forward slashes and begins at the dropped folder. */
export interface GivenFile {
  readonly path: string;
  readonly file: File;
}

export interface ModelSummary {
  /** Differs between backbones, and between two ways to understand one; of this visit. */
  readonly fingerprint: string;
  /** `bundled` or the file's name. */
  readonly name: string;
  /** What a person said of it, and its files are not asked for. */
  readonly answers: BackboneAnswers;
  /** For example `timm`, `Hugging Face ViT`, `AugReg npz`. */
  readonly format: string;
  readonly architecture: Architecture;
  readonly parameters: number;
  /** What was inferred and from where, a sentence each. */
  readonly notes: readonly string[];
  /** What only custom says of it, and a person may know better: a sentence each. */
  readonly guesses?: readonly string[];
  readonly unusedTensors: readonly string[];
}

/** A backbone that the origin's private storage holds, so that it can be chosen without being given again. */
export interface KeptModel {
  readonly name: string;
  /** What it occupies. */
  readonly bytes: number;
  /** As the person understood it last. */
  readonly answers: BackboneAnswers;
}

export interface KeptModels {
  readonly models: readonly KeptModel[];
  /** What downloads that did not end, or whose backbone was never opened, occupy. */
  readonly unfinishedBytes: number;
}

/** Something that a data set's files leave open: the better answer is taken, and another can be asked for. */
export interface Question {
  /** One sentence. */
  readonly text: string;
  /** What overrules: `--form`, `--label-column`, `--part-column` or `--task`. */
  readonly option: 'form' | 'labelColumn' | 'partColumn' | 'task';
  /** The first is the one that was taken. */
  readonly answers: readonly {
    readonly value: string;
    /** What this answer makes of the files: `3 classes (cat, dog, owl), parts train and test`. */
    readonly title: string;
  }[];
}

export interface DataSummary {
  /** Differs where its pictures, classes or parts do. */
  readonly fingerprint: string;
  /** Differs where its pictures, the names of its classes or its parts do, whichever class each picture is said to be of. */
  readonly places: string;
  /** `task:shapes` or the name of what was given. */
  readonly name: string;
  /** For example `a folder for each class`, `VTAB-1k lists`, `drawn task`. */
  readonly form: string;
  readonly classes: readonly { readonly name: string; readonly pictures: number }[];
  readonly pictures: { readonly train: number; readonly validation: number; readonly test: number };
  /** How the parts came about, as a sentence. */
  readonly split: string;
  readonly skipped: readonly SkippedFile[];
  /** Which rule gave the classes: `folders`; null of a drawn task. */
  readonly classesFrom: string | null;
  /** What a person should know of classes and parts, a sentence each. */
  readonly notes: readonly string[];
  /** What the files leave open, to be answered by {@link PlaygroundApi.answerData}. */
  readonly questions: readonly Question[];
  /** Side of its pictures where only resized ones are at hand: larger ones are made from those. Null where the files are. */
  readonly keptSide: number | null;
  /** The usual shorter side of the pictures as they came, in pixels; null where nothing says it, and of a drawn task. */
  readonly typicalSide: number | null;
}

/** A data set that the origin's private storage holds, so that it can be chosen without being given again. */
export interface KeptDataset {
  /** Tells it from another of the same name. */
  readonly id: string;
  /** Null where the page was closed before all of its pictures were read: given again, it goes on from there. */
  readonly name: string | null;
  readonly pictures: number;
  readonly classes: number;
  /** Side of the kept pictures in pixels; 0 for one without a name. */
  readonly side: number;
  /** What it occupies. */
  readonly bytes: number;
}

export interface KeptDatasets {
  /** Those used last come first. */
  readonly sets: readonly KeptDataset[];
  /** All that this origin keeps, in bytes, and what the browser would give it in all; null where it does not say. */
  readonly storage: { readonly used: number; readonly most: number } | null;
}

export interface DataArchive {
  readonly name: string;
  /** Null where it was written into a file. */
  readonly blob: Blob | null;
  readonly pictures: number;
  readonly skipped: readonly SkippedFile[];
}

/** Edits of what was understood, applied from the raw data set each time. */
export interface DataEdits {
  /** Old class name to new one; two classes with the same new name are merged; null drops the class. */
  readonly classes: Readonly<Record<string, string | null>>;
  /**
   * Pictures whose label was corrected, by their names, with the class that they are of as the files call it; none where this
   * is not said.
   */
  readonly labels?: Readonly<Record<string, string>>;
  readonly splitSeed: number;
  /** Per cent to train, validate and test, where the data set leaves it open: 70, 15 and 15 where this is not said. */
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
  /** Null until something of this adapter's speed is known. */
  readonly secondsPerEpoch: number | null;
  /** Pictures that training takes in a second; null as well until something of the speed is known. */
  readonly imagesPerSecond: number | null;
  /** Whether that comes from a run on this adapter, and not only from how fast it multiplies matrices. */
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

/** What was measured on each machine, and why not on others, a sentence each. */
export interface Benchmarks {
  readonly measured: readonly Benchmark[];
  readonly missing: readonly string[];
}

/** Throughput by method and schedule, and of what. */
export interface Benchmark {
  readonly model: string;
  /** Side of the pictures in pixels. */
  readonly imageSize: number;
  readonly batchSize: number;
  readonly adapter: string;
  readonly rows: readonly BenchmarkRow[];
}

export interface BenchmarkRow {
  readonly name: string;
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
  | { readonly kind: 'busy'; readonly what: string; readonly done: number; readonly total: number }
  | { readonly kind: 'idle' }
  | { readonly kind: 'memory'; readonly gpuBytes: number }
  | { readonly kind: 'step'; readonly metrics: StepMetrics }
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
  /** For the backbone: how it should merge. A run's own configuration decides otherwise. */
  readonly configuration: Configuration;
  /** A run's weights, but reduced by another method than its own: on all tokens, or merged without PYRA's modulation. */
  readonly method?: Method;
}

/**
 * What the worker can do, as the page sees it (through Comlink: every call is a promise). Nothing throws; a failure is an
 * {@link Answer} with `ok: false`. One run trains at a time; maps, thumbnails and evaluations may be asked meanwhile and are
 * answered between two steps.
 */
export interface PlaygroundApi {
  /** Asks for the adapter and starts sending events. Call once. */
  start(onEvent: (event: WorkerEvent) => void): Promise<Answer<AdapterDescription>>;
  /**
   * Takes the bundled backbone, one that was given, or one that is kept, understood as its files say or as a person does.
   * `option.invalid` with subject `heads` where the files do not say how many there are, or the number cannot be.
   */
  useModel(choice: BackboneChoice): Promise<Answer<ModelSummary>>;
  keptModels(): Promise<Answer<KeptModels>>;
  /** Opens what the other worker downloaded, as if it had been given; its files stay where they lie. */
  takeFetched(fetched: FetchedModel): Promise<Answer<Recognised>>;
  /** Deletes downloads that no kept backbone is made of. */
  deleteUnfinished(): Promise<Answer<KeptModels>>;
  /** Deletes a kept backbone with its files. */
  deleteModel(name: string): Promise<Answer<KeptModels>>;
  /** A portion of what is given next: no message holds so many files that the page stands still while it is written. */
  offer(files: readonly GivenFile[]): Promise<Answer<void>>;
  /** The files below a folder are given next; it is walked through over there, and how many there are is the answer. */
  offerFolder(folder: FileSystemDirectoryHandle): Promise<Answer<number>>;
  /** Recognises by content what was given, with what was offered before, and takes it as the data set, the model, or a run. */
  give(files: readonly GivenFile[]): Promise<Answer<Recognised>>;
  /**
   * Takes what was offered before as a data set whose classes a person made: so many pictures of each class, in the order in which they
   * were offered.
   */
  giveByHand(
    name: string,
    classes: readonly { readonly name: string; readonly pictures: number }[],
  ): Promise<Answer<DataSummary>>;
  /** What is being given is let go: `give` answers with `cancelled`. */
  cancelGiving(): Promise<void>;
  /** @param pictures how many to train, validate and test; null for as many as a VTAB-1k task has. */
  useTask(task: string, seed: number, pictures: Configuration['taskPictures']): Promise<Answer<DataSummary>>;
  keptData(): Promise<Answer<KeptDatasets>>;
  /** Deletes a kept data set, by its id; `usage` where a run trains on it, or another tab has it open. */
  deleteData(id: string): Promise<Answer<KeptDatasets>>;
  /**
   * Takes a data set that was given or is kept, before any edit: `data.empty` where there is none of that name, `usage` where
   * another tab has it open.
   */
  useKeptData(name: string): Promise<Answer<DataSummary>>;
  editData(edits: DataEdits): Promise<Answer<DataSummary>>;
  /**
   * Reads what was given last anew with another answer to one of its questions, before any edit. `data.empty` where nothing was
   * given on this visit.
   */
  answerData(option: Question['option'], value: string): Promise<Answer<DataSummary>>;
  /**
   * The data set in use as it is understood, as a zip: into a file that the person chose, or as a blob where `into` is null. The
   * answer names what could not be read and is not in it.
   */
  exportData(into: FileSystemFileHandle | null): Promise<Answer<DataArchive>>;
  thumbnails(part: Part, from: number, count: number, side: number): Promise<Answer<Computed<readonly Thumbnail[]>>>;
  /** Indices (within the part) of the pictures of a class of the data set in use. */
  classPictures(part: Part, label: number): Promise<Answer<Computed<readonly number[]>>>;
  estimate(configuration: Configuration): Promise<Answer<Computed<Estimate>>>;
  /** Trains to the end; resolves with the finished, stopped or failed run. Progress comes as events. */
  adapt(configuration: Configuration, name: string): Promise<Answer<RunRecord>>;
  /** Holds before the next step; `adapt` stays pending. */
  pause(): Promise<Answer<null>>;
  resume(): Promise<Answer<null>>;
  /** Ends after the step; `adapt` resolves with state `stopped` and keeps what there is. */
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
  /** Measures a run's test part and its speed once more, on this adapter, while nothing else runs; the record keeps the new numbers. */
  measureRun(runId: string): Promise<Answer<RunRecord>>;
  map(request: MapRequest): Promise<Answer<MergeMap>>;
  /** The picture whose map is sent while training, or null for none. */
  watch(request: MapRequest | null): Promise<Answer<null>>;
  addOwnPicture(file: File): Promise<Answer<PictureReference>>;
  /** Indices (within the part) of the pictures in one cell of a run's confusion matrix. */
  confusionCell(runId: string, part: Part, truth: number, predicted: number): Promise<Answer<Computed<readonly number[]>>>;
  /**
   * Gets ready to label pictures with a run's weights: those among what was offered before and what is given, in natural order, named as
   * the command line names them. `data.empty` where there is none; `cancelled` where {@link cancelGiving} let them go.
   */
  beginPredicting(runId: string, files: readonly GivenFile[]): Promise<Answer<Computed<PredictionJob>>>;
  /** The next pictures of it, as many as a moment allows: what nobody asks for is not computed. */
  morePredictions(job: number): Promise<Answer<PredictionPortion>>;
  /** Lets go of the pictures that are not labelled yet. */
  stopPredicting(): Promise<Answer<null>>;
  /** One of a job's pictures, labelled or not, by its number. */
  predictedThumbnail(job: number, index: number, side: number): Promise<Answer<PredictedThumbnail>>;
  /** Makes one of a job's pictures one of the person's own, to be looked at. */
  addPredictedPicture(job: number, index: number): Promise<Answer<PictureReference>>;
  /** What a run makes of a picture of the camera, which is let go over there. Its networks stay until {@link endLive}. */
  lookLive(runId: string, picture: ImageBitmap): Promise<Answer<Computed<LiveLook>>>;
  endLive(): Promise<Answer<null>>;
  /**
   * A run as a file to save: several files come as one zip.
   *
   * @param beside what the page has of the run: its maps, and for `everything` its curves.
   */
  exportRun(runId: string, format: ExportChoice, beside: readonly NamedFile[]): Promise<Answer<NamedFile>>;
  /** Runs the bundled golden files, or the given ones, on this adapter. */
  verify(files: readonly GivenFile[]): Promise<Answer<readonly VerifyReport[]>>;
  /** With the configuration's backbone and its size of pictures. */
  /** @param everywhere on every machine there is, not only on the one in use. */
  benchmark(configuration: Configuration, everywhere: boolean): Promise<Answer<Computed<Benchmarks>>>;
  /** All that a few minutes can tell of the machine in use, on a device of its own; rows come as events before. */
  fullBenchmark(): Promise<Answer<FullBenchmark>>;
  /** The machines that there are to choose from, each measured, while nothing else runs. */
  machines(): Promise<Answer<readonly MachineOffer[]>>;
}
