import type { SkippedFile } from '../../protocol/api.js';
import type { LiveLook, PredictedRow, PredictedThumbnail } from '../../protocol/predictions.js';
import type { GivenFile } from '../../protocol/api.js';
import type { Evidence } from '../evidence.js';
import type { FileLister } from '../state/intake.js';

/** The pictures that a run is asked about, with the answers so far. */
export interface Predicted {
  /** The worker's number for the job; null until it has found the pictures. */
  readonly job: number | null;
  readonly phase: 'opening' | 'predicting' | 'done' | 'stopped';
  /** Number of pictures; 0 until it is known. */
  readonly pictures: number;
  readonly rows: readonly PredictedRow[];
  readonly skipped: readonly SkippedFile[];
  /** Of the rows in view, by the pictures' numbers. */
  readonly thumbnails: Readonly<Record<number, PredictedThumbnail>>;
}

/** What a run makes of the camera's last picture, and how long the last ones took in milliseconds. */
export interface Live {
  readonly look: LiveLook;
  readonly own: readonly number[];
  readonly whole: readonly number[];
}

export interface PredictionsSlice {
  /** The run that is asked on the screen for predictions. */
  readonly predictRunId: string | null;
  /** Read by `shownPredicted`. */
  readonly predicted: Evidence<Predicted> | null;
  /** Read by `shownLive`. */
  readonly live: Evidence<Live> | null;
  /** Goes to the screen for predictions. */
  openPredict(runId: string): void;
  /** Asks a run about pictures and goes to the screen where they appear. Problems are reported at `predict`. */
  predictGiven(runId: string, files: readonly GivenFile[] | FileLister): Promise<void>;
  /** Drops the pictures that are not labelled yet. */
  stopPredicting(): void;
  /** Asks for the thumbnails of these pictures that are missing, and drops those of all others. */
  loadPredictedThumbnails(indices: readonly number[]): Promise<void>;
  /** Shows on the map how the run merges a picture and how it classifies it. Where it cannot be read, `predict` says why. */
  lookAtPredicted(index: number): Promise<void>;
  /** Asks the run about a picture of the camera; resolves false where that failed, and `predict` says why. */
  lookLive(picture: ImageBitmap): Promise<boolean>;
  endLive(): void;
}
