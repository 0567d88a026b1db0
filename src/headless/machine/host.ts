import type { BackboneReader, Network, NetworkOptions } from '../../engine/model/types.js';
import type { Machine } from '../../engine/plan/machine.js';
import type { Architecture } from '../../vit/architecture.js';
import type { VerifyReport } from '../../protocol/api.js';
import type { ByteSource } from '../../containers/bytes.js';
import type { AdapterDescription } from '../../protocol/runs/run.js';
import type { TextStream } from '../terminal.js';

/** A machine, and the networks made on it. */
export interface Engine {
  readonly adapter: AdapterDescription;
  createNetwork(
    architecture: Architecture,
    backbone: BackboneReader,
    options: NetworkOptions,
    onProgress?: (done: number, total: number) => void,
  ): Promise<Network>;
  /** The memory that training would take, as {@link estimateTraining} finds it. */
  trainingBytes(architecture: Architecture, options: NetworkOptions, batch: number): number;
  verify(file: ByteSource): Promise<VerifyReport>;
  close(): void;
}

/** What a command gets from the computer that it runs on. */
export interface Host {
  readonly output: TextStream;
  readonly errors: TextStream;
  /** Rejects with `gpu.unavailable` where there is no adapter. */
  openEngine(): Promise<Engine>;
  /** The bare machine, for measurements. Rejects as {@link Host.openEngine} does. */
  openMachine(): Promise<Machine>;
  /** Calls the handler at the first Ctrl-C; a second one ends the process. Returns a function that removes the handler. */
  onInterrupt(handler: () => void): () => void;
  /** Ends the process some time after the command, even if a machine that was left to itself still computes. Left out where nothing ends. */
  endSoon?(): void;
}

/** Exit codes. `done`: it worked; `no`: it ran and the answer is no; `bad`: the usage or the input is wrong. */
export const EXIT = { done: 0, no: 1, bad: 2 } as const;

export interface Command {
  readonly name: string;
  readonly summary: string;
  run(args: readonly string[], host: Host): Promise<number>;
}
