import type { BackboneReader, Network, NetworkOptions } from '../../engine/model/types.js';
import type { Machine } from '../../engine/plan/machine.js';
import type { Architecture } from '../../vit/architecture.js';
import type { VerifyReport } from '../../protocol/api.js';
import type { ByteSource } from '../../containers/bytes.js';
import type { AdapterDescription } from '../../protocol/run.js';
import type { TextStream } from '../terminal.js';

/** A device, and what is made on it. */
export interface Engine {
  readonly adapter: AdapterDescription;
  createNetwork(
    architecture: Architecture,
    backbone: BackboneReader,
    options: NetworkOptions,
    onProgress?: (done: number, total: number) => void,
  ): Promise<Network>;
  verify(file: ByteSource): Promise<VerifyReport>;
  close(): void;
}

/** What a command is given of the machine it runs on. */
export interface Host {
  readonly output: TextStream;
  readonly errors: TextStream;
  /** Rejects with `gpu.unavailable` where there is no adapter. */
  openEngine(): Promise<Engine>;
  /** The bare machine, for measurements. Rejects as {@link Host.openEngine} does. */
  openMachine(): Promise<Machine>;
  /** Calls the handler at the first Ctrl-C; the second ends the process. Returns what takes the handler away. */
  onInterrupt(handler: () => void): () => void;
}

/** Exit codes: it is done; it ran and the answer is no; bad usage or bad input. */
export const EXIT = { done: 0, no: 1, bad: 2 } as const;

export interface Command {
  readonly name: string;
  readonly summary: string;
  run(args: readonly string[], host: Host): Promise<number>;
}
