import type { ErrorRecord } from '../../vit/errors.js';

/** Where on the page a problem happened, and so where it stands. */
export type Place =
  | 'connection'
  | 'link'
  | 'model'
  | 'hub'
  | 'data'
  | 'setup'
  | 'run'
  | 'map'
  | 'secondMap'
  | 'results'
  | 'export'
  | 'sweep'
  | 'verify'
  | 'benchmark';

export interface ProblemsSlice {
  readonly problems: Readonly<Partial<Record<Place, ErrorRecord>>>;
  /** The last thing worth telling a screen reader: a run started, ended, failed. */
  readonly announcement: string;
  report(place: Place, error: ErrorRecord): void;
  dismiss(place: Place): void;
  announce(text: string): void;
}
