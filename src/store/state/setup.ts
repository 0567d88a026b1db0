import type { Configuration } from '../../vit/configuration.js';
import type { Estimate } from '../../protocol/api.js';
import type { Evidence } from '../evidence.js';

/** That the page chose another size for a person's own pictures. */
export interface Suited {
  readonly before: number;
  /** A sentence. */
  readonly why: string;
}

export interface SetupSlice {
  /** Always valid; the address holds the same. */
  readonly configuration: Configuration;
  /** Of a configuration, a backbone and a data set; read by `shownEstimate`. */
  readonly estimate: Evidence<Estimate> | null;
  /** What stands in fields and cannot be taken, by the field's name, with the reason. */
  readonly drafts: Readonly<Record<string, string>>;
  /** Of a data set and a backbone; read by `shownSuited`. */
  readonly suited: Evidence<Suited> | null;
  /** The size that a person chose, on this visit or by a link; what the page itself begins with is nobody's choice. */
  readonly sizeChosen: number | null;
  chooseSize(side: number): void;
  /** Chooses a size of the pictures for own photographs, unless a person has: no less than 96 px, and what this machine trains in a while. */
  suitSize(): Promise<void>;
  /** Takes the changes if they make a valid configuration; else says what is wrong at `setup` and keeps what was. */
  configure(change: Partial<Configuration>): boolean;
  /** A field holds what cannot be taken, or no longer does (null). */
  draft(field: string, reason: string | null): void;
  replaceConfiguration(configuration: Configuration): void;
  /** Takes what an address holds. */
  followAddress(hash: string): void;
  refreshEstimate(): Promise<void>;
}
