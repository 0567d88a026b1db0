import type { Provenance } from '../../protocol/provenance.js';
import type { ErrorRecord } from '../../vit/errors.js';
import type { Evidence } from '../evidence.js';

/** Where on the page a problem happened, and is shown. */
export type Place =
  | 'connection'
  | 'link'
  | 'model'
  | 'hub'
  /** Files that were given anywhere on the page. */
  | 'intake'
  | 'data'
  /** Classes that are made by hand. */
  | 'classes'
  | 'setup'
  /** What is set up as a whole: that it cannot be trained. */
  | 'fit'
  | 'run'
  /** A picture of the person's own. */
  | 'picture'
  | 'map'
  | 'secondMap'
  | 'results'
  | 'export'
  /** Pictures that a run is asked about. */
  | 'predict'
  | 'sweep'
  | 'verify'
  | 'benchmark';

export interface ProblemsSlice {
  /** Each problem with what it is about; read by `problemAt`. */
  readonly problems: Readonly<Partial<Record<Place, Evidence<ErrorRecord>>>>;
  /** The last event for screen readers: a run started, ended, failed. */
  readonly announcement: string;
  /** @param of what the problem is about: it is shown only as long as that is in use. */
  report(place: Place, error: ErrorRecord, of?: Provenance): void;
  dismiss(place: Place): void;
  announce(text: string): void;
}
