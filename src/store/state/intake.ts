import type { DataEdits, DataSummary, GivenFile, Question, Recognised, Thumbnail } from '../../protocol/api.js';
import type { Part } from '../../protocol/maps.js';
import type { Configuration } from '../../vit/configuration.js';
import type { Evidence } from '../evidence.js';
import type { Place } from './problems.js';

export interface Browsed {
  readonly part: Part;
  readonly label: number | null;
  /** Within the part; null until they were looked up. */
  readonly indices: readonly number[] | null;
}

export type Thumbnails = Readonly<Record<Part, readonly (Thumbnail | undefined)[]>>;

/** What was dropped or picked: files, and folders that the worker walks through. */
export interface Dropped {
  readonly files: readonly GivenFile[];
  readonly folders: readonly FileSystemDirectoryHandle[];
}

/** Lists what was dropped; `found` is told how many files there are so far. Rejects where the signal ends it. */
export type FileLister = (found: (files: number) => void, signal: AbortSignal) => Promise<Dropped>;

export interface IntakeSlice {
  /** Of a configuration's data; read by `dataInUse`. */
  readonly data: Evidence<DataSummary> | null;
  /** The class edits and the split seed that the worker's data set was made with. */
  readonly edits: DataEdits;
  /** Corrected labels as they were before each correction, for taking them back; empty where another data set comes. */
  readonly labelsBefore: readonly NonNullable<DataEdits['labels']>[];
  /** The classes before any edit: what the edits speak of. */
  readonly rawClasses: readonly string[];
  /** Names of the data sets that were given on this visit, whether the browser keeps them or not. */
  readonly givenData: readonly string[];
  readonly reading: boolean;
  /** What the last thing that was given turned out to be; read by `shownUnderstanding`. */
  readonly understood: Evidence<string> | null;
  /** The pictures that are looked through: those of a part, and of one class of it where `label` is not null. */
  readonly browsed: Evidence<Browsed> | null;
  /** Of a data set; read by `shownThumbnail`. */
  readonly thumbnails: Evidence<Thumbnails> | null;
  /** A single picture that was given, and lies on the map now. */
  readonly offered: { readonly index: number; readonly name: string } | null;
  /** Puts a picture on the map. Where it cannot be read, `picture` says why. */
  takePicture(file: File): Promise<void>;
  /** Lets the note about it go. */
  forgetOffered(): void;
  /** Shows what a run takes the picture on the map for. */
  predictWith(runId: string): Promise<void>;
  /** Takes another data set, as a person does who chooses it from the list. */
  chooseData(name: string): Promise<void>;
  /** The configuration's backbone and its data, so that the page is ready on arrival. */
  loadFirst(): Promise<void>;
  /** Draws the configuration's task with its seed, and splits with its split seed; resolves false where the data is missing. */
  ensureData(configuration: Configuration, place?: Place): Promise<boolean>;
  /** Takes files, or what lists them: a dropped folder of many takes a while. */
  give(files: readonly GivenFile[] | FileLister): Promise<void>;
  /** Does something for which the worker's data set, and what is offered to it, have to stay as they are. */
  whenFree<T>(work: () => Promise<T>): Promise<T>;
  /** Lets go what is being given. */
  cancelGiving(): void;
  /** Puts to use what the worker recognised. `given` is what to call it in a sentence. */
  receiveGiven(what: Recognised, given: string): Promise<void>;
  /** A data set that was given is nowhere any more. */
  forgetGiven(name: string): void;
  /**
   * Says that a picture is of another class, by the class's name as it stands on the page. Its thumbnail has to be there; a drawn task's
   * labels cannot be corrected.
   */
  relabel(part: Part, index: number, className: string): Promise<void>;
  /** Takes the last correction back. */
  undoRelabel(): Promise<void>;
  editClasses(classes: DataEdits['classes']): Promise<void>;
  /** Reads what was given last in another way. */
  answerData(option: Question['option'], value: string): Promise<void>;
  browse(part: Part, label: number | null): Promise<void>;
  loadThumbnails(part: Part, from: number, count: number): Promise<void>;
}
