import type { DataEdits, DataSummary, GivenFile, Question, Recognised, Thumbnail } from '../../protocol/api.js';
import type { Part } from '../../protocol/maps.js';
import type { Configuration } from '../../vit/configuration.js';
import type { Evidence } from '../evidence.js';
import type { Place } from './problems.js';

export interface Browsed {
  readonly part: Part;
  readonly label: number | null;
  /** Within the part; null until they are known. */
  readonly indices: readonly number[] | null;
}

export type Thumbnails = Readonly<Record<Part, readonly (Thumbnail | undefined)[]>>;

/** What was dropped or picked: files, and folders that the worker walks through. */
export interface Dropped {
  readonly files: readonly GivenFile[];
  readonly folders: readonly FileSystemDirectoryHandle[];
}

/** Lists what was dropped; `found` gets the number of files so far. Rejects once the signal is aborted. */
export type FileLister = (found: (files: number) => void, signal: AbortSignal) => Promise<Dropped>;

export interface IntakeSlice {
  /** The data set in use, with the configuration that it was made for; read by `dataInUse`. */
  readonly data: Evidence<DataSummary> | null;
  /** The edits that the worker's data set was made with. */
  readonly edits: DataEdits;
  /** The corrected labels before each correction, to undo them by; emptied for another data set. */
  readonly labelsBefore: readonly NonNullable<DataEdits['labels']>[];
  /** The classes before any edit, which the edits refer to. */
  readonly rawClasses: readonly string[];
  /** Names of the data sets given on this visit, whether or not the browser keeps them. */
  readonly givenData: readonly string[];
  readonly reading: boolean;
  /** How the last thing that was given was understood; read by `shownUnderstanding`. */
  readonly understood: Evidence<string> | null;
  /** The pictures that are looked through: of a part, and of one class where `label` is not null. */
  readonly browsed: Evidence<Browsed> | null;
  /** Thumbnails of a data set; read by `shownThumbnail`. */
  readonly thumbnails: Evidence<Thumbnails> | null;
  /** A single picture that was given and is on the map now; a note asks what to do with it. */
  readonly offered: { readonly index: number; readonly name: string } | null;
  /** Gives pasted pictures, which have no name, one each. */
  namePasted(files: readonly GivenFile[]): readonly GivenFile[];
  /** Puts a picture on the map. Where it cannot be read, `picture` says why. */
  takePicture(file: File): Promise<void>;
  /** Closes that note. */
  forgetOffered(): void;
  /** Shows how a run classifies the picture on the map. */
  predictWith(runId: string): Promise<void>;
  /** Uses another data set, which a person chose from the list. */
  chooseData(name: string): Promise<void>;
  /** Loads the configuration's backbone and data when the page opens. */
  loadFirst(): Promise<void>;
  /**
   * Brings the configuration's data into use: its task drawn with its seed, or its data set with its split. Resolves to false where the
   * data is missing.
   */
  ensureData(configuration: Configuration, place?: Place): Promise<boolean>;
  /** Takes files, or what lists them where a folder of many takes a while. */
  give(files: readonly GivenFile[] | FileLister): Promise<void>;
  /** Runs work during which the worker's data set and its list of offered files must not change. */
  whenFree<T>(work: () => Promise<T>): Promise<T>;
  /** Cancels what is being given. */
  cancelGiving(): void;
  /**
   * Uses what the worker recognised.
   *
   * @param given what to call it in a sentence.
   */
  receiveGiven(what: Recognised, given: string): Promise<void>;
  /** Forgets that a data set was given, once it was deleted. */
  forgetGiven(name: string): void;
  /**
   * Corrects a picture's label to a class, by the name that the page shows. The picture's thumbnail must have been loaded. A drawn
   * task's labels cannot be corrected.
   */
  relabel(part: Part, index: number, className: string): Promise<void>;
  /** Undoes the last correction. */
  undoRelabel(): Promise<void>;
  editClasses(classes: DataEdits['classes']): Promise<void>;
  /** Reads the data set that was given last in another way. */
  answerData(option: Question['option'], value: string): Promise<void>;
  /** Reads the files that were refused last with a question, with an answer to it. */
  answerRefused(option: Question['option'], value: string): Promise<void>;
  browse(part: Part, label: number | null): Promise<void>;
  loadThumbnails(part: Part, from: number, count: number): Promise<void>;
}
