import type { Configuration } from '../../vit/configuration.js';
import type { Estimate } from '../../protocol/api.js';
import type { Evidence } from '../evidence.js';

/** Says that the page chose another size for a person's own pictures. */
export interface Suited {
  readonly before: number;
  /** A sentence. */
  readonly why: string;
}

export interface SetupSlice {
  /** Always valid; the same as in the address. */
  readonly configuration: Configuration;
  /** What a run would cost; read by `shownEstimate`. */
  readonly estimate: Evidence<Estimate> | null;
  /** By field: why what is typed there cannot be taken. */
  readonly drafts: Readonly<Record<string, string>>;
  /** Of a data set and a backbone; read by `shownSuited`. */
  readonly suited: Evidence<Suited> | null;
  /** The size of pictures that a person chose, on this visit or by a link; null while it is the page's own choice. */
  readonly sizeChosen: number | null;
  chooseSize(side: number): void;
  /** Chooses a size for a person's own pictures by {@link sensibleSize}, unless the person has chosen one. */
  suitSize(): Promise<void>;
  /** Applies the changes where they make a valid configuration; otherwise says at `setup` what is wrong and changes nothing. */
  configure(change: Partial<Configuration>): boolean;
  /** Notes why a field's text cannot be taken, or with null that it can. */
  draft(field: string, reason: string | null): void;
  replaceConfiguration(configuration: Configuration): void;
  /** Applies the configuration in an address. */
  followAddress(hash: string): void;
  refreshEstimate(): Promise<void>;
}
