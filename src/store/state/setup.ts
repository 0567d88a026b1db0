import type { Configuration } from '../../vit/configuration.js';
import type { Estimate } from '../../protocol/api.js';
import type { Evidence } from '../evidence.js';

export interface SetupSlice {
  /** Always valid; the address holds the same. */
  readonly configuration: Configuration;
  /** Of a configuration, a backbone and a data set; read by `shownEstimate`. */
  readonly estimate: Evidence<Estimate> | null;
  /** What stands in fields and cannot be taken, by the field's name, with the reason. */
  readonly drafts: Readonly<Record<string, string>>;
  /** Takes the changes if they make a valid configuration; else says what is wrong at `setup` and keeps what was. */
  configure(change: Partial<Configuration>): boolean;
  /** A field holds what cannot be taken, or no longer does (null). */
  draft(field: string, reason: string | null): void;
  replaceConfiguration(configuration: Configuration): void;
  /** Takes what an address holds. */
  followAddress(hash: string): void;
  refreshEstimate(): Promise<void>;
}
