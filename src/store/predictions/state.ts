import type { SkippedFile } from '../../protocol/api.js';
import type { LiveLook, PredictedRow, PredictedThumbnail } from '../../protocol/predictions.js';
import type { GivenFile } from '../../protocol/api.js';
import type { Evidence } from '../evidence.js';
import type { FileLister } from '../state/intake.js';

/** Pictures that a run is asked about, as far as it was. */
export interface Predicted {
  /** What the worker calls them; null until it has found them. */
  readonly job: number | null;
  readonly phase: 'opening' | 'predicting' | 'done' | 'stopped';
  /** How many there are; 0 until that is known. */
  readonly pictures: number;
  readonly rows: readonly PredictedRow[];
  readonly skipped: readonly SkippedFile[];
  /** Of the rows in sight, by their pictures' numbers. */
  readonly thumbnails: Readonly<Record<number, PredictedThumbnail>>;
}

/** What a run makes of the camera's last picture, and how long the last ones took in milliseconds. */
export interface Live {
  readonly look: LiveLook;
  readonly own: readonly number[];
  readonly whole: readonly number[];
}

export interface PredictionsSlice {
  /** The run that is asked on the screen for that. */
  readonly predictRunId: string | null;
  /** Read by `shownPredicted`. */
  readonly predicted: Evidence<Predicted> | null;
  /** Read by `shownLive`. */
  readonly live: Evidence<Live> | null;
  /** Goes to the screen where a run is asked about pictures. */
  openPredict(runId: string): void;
  /** Asks a run about pictures, and goes to the screen where they appear; what is wrong is said at `predict`. */
  predictGiven(runId: string, files: readonly GivenFile[] | FileLister): Promise<void>;
  /** Lets go of what is not labelled yet. */
  stopPredicting(): void;
  /** Asks for the thumbnails of these pictures that are not there yet; all others go. */
  loadPredictedThumbnails(indices: readonly number[]): Promise<void>;
  /** Shows on the map what the run merges of a picture, and what it takes it for; where it cannot be read, `predict` says why. */
  lookAtPredicted(index: number): Promise<void>;
  /** Asks the run about a picture of the camera; resolves false where that failed, and `predict` says why. */
  lookLive(picture: ImageBitmap): Promise<boolean>;
  endLive(): void;
}
