import type { Configuration } from '../../vit/configuration.js';
import type { Estimate } from '../../protocol/api.js';

export interface SetupSlice {
  /** Always valid; the address holds the same. */
  readonly configuration: Configuration;
  /** For the present configuration, or null while it is being worked out. */
  readonly estimate: Estimate | null;
  /** Takes the changes if they make a valid configuration; else says what is wrong at `setup` and keeps what was. */
  configure(change: Partial<Configuration>): boolean;
  replaceConfiguration(configuration: Configuration): void;
  /** Takes what an address holds. */
  followAddress(hash: string): void;
  refreshEstimate(): Promise<void>;
}
