/** Measures in Node, with onnxruntime both in WebAssembly and native. */
import { fileURLToPath } from 'node:url';
import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { loadWeights } from '../../src/formats/backbones/weights.js';
import { byteSourceFromPath } from '../../src/headless/inputs/files.js';
import { openCpu } from '../../src/headless/machine/cpu.js';
import type { BackboneParts } from './backbone.js';
import type { Host } from './measure.js';
import { requireThreads, sideOf } from './runtime.js';

const BUNDLED = fileURLToPath(new URL('../../public/models/photo-formula-vit.safetensors', import.meta.url));

/** The number of workers that onnxruntime-web started at its first use; it keeps them. */
let workers: number | undefined;

export const nodeHost: Host = {
  name: `Node ${process.versions.node}`,
  kind: 'node',
  openCpu,
  bundled: () => openBackbone(BUNDLED),
  web: {
    name: 'onnxruntime-web',
    async open(model, threads, pictures, dims) {
      let started = 0;
      // Events of new workers arrive a moment later.
      await new Promise((resolve) => setImmediate(resolve));
      const count = (): void => {
        started++;
      };
      process.on('worker', count);
      web.env.wasm.numThreads = threads;
      const session = await web.InferenceSession.create(model, { executionProviders: ['wasm'] });
      process.off('worker', count);
      workers ??= started;
      requireThreads(threads, workers);
      return sideOf(session, new web.Tensor('float32', pictures, dims));
    },
  },
  native: {
    name: 'onnxruntime-node',
    async open(model, threads, pictures, dims) {
      const session = await native.InferenceSession.create(model, { intraOpNumThreads: threads });
      return sideOf(session, new native.Tensor('float32', pictures, dims));
    },
  },
};

/** Opens a backbone's file. */
export async function openBackbone(path: string): Promise<BackboneParts> {
  const { architecture, reader } = await loadWeights([await byteSourceFromPath(path)]);
  if (!architecture) throw new Error(`${path}: has no backbone in it`);
  return { architecture, backbone: reader };
}
