import { WebGpuMachine } from '../engine/machines/webgpu/machine.js';
import { createNetwork } from '../engine/model/network.js';
import type { Network } from '../engine/model/types.js';
import type { RunSetup } from '../engine/training/setup.js';
import type { AdapterDescription } from '../protocol/runs/run.js';
import { PlaygroundError } from '../vit/errors.js';
import type { Backbone } from './models.js';
import { readShader } from './shaders.js';

export interface EngineOptions {
  /** From `navigator.gpu.requestAdapter()`, or from Dawn's in Node; null where there is none. */
  readonly adapter: GPUAdapter | null;
}

/** A GPU device that networks are made on. */
export interface Engine {
  readonly adapter: AdapterDescription;
  /** Loads a backbone onto the device, with initial values for the trained weights. */
  createNetwork(backbone: Backbone, setup: RunSetup): Promise<Network>;
  /** Releases the device. */
  close(): void;
}

/** Opens a device on the adapter. Rejects with `gpu.unavailable` if there is no adapter, or it gives none. */
export async function createEngine({ adapter }: EngineOptions): Promise<Engine> {
  if (!adapter) {
    throw new PlaygroundError(
      'gpu.unavailable',
      'WebGPU has no adapter here; the library needs one, while the command line computes on processors too',
    );
  }
  const machine = await WebGpuMachine.open(adapter, readShader);
  return {
    adapter: machine.adapter,
    createNetwork: ({ architecture, reader }, { options }) => createNetwork(machine, architecture, reader, options),
    close: () => machine.destroy(),
  };
}
