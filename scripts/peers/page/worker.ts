/** Measures in a browser's worker. The page must be cross-origin isolated, since the threads of onnxruntime-web share memory. */
import * as web from 'onnxruntime-web/wasm';
import { byteSourceFromBlob } from '../../../src/containers/sources.js';
import { loadWeights } from '../../../src/formats/backbones/weights.js';
import { openCpu } from '../../../src/worker/machine/cpu.js';
import { threadsHere } from '../../../src/worker/machine/threads.js';
import { measure, type Choices, type Host } from '../measure.js';
import type { Row } from '../pairs.js';
import { requireThreads, sideOf } from '../runtime.js';

export type Told =
  { readonly kind: 'row'; readonly row: Row } | { readonly kind: 'failed'; readonly message: string } | { readonly kind: 'done' };

const BUNDLED = '/models/photo-formula-vit.safetensors';

/** The number of workers started in this worker so far. */
let started = 0;
const Plain = globalThis.Worker;
globalThis.Worker = class extends Plain {
  constructor(...given: ConstructorParameters<typeof Plain>) {
    super(...given);
    started++;
  }
};

/** The number of workers that onnxruntime-web started at its first use; it keeps them. */
let workers: number | undefined;

function browserName(): string {
  const version = /Chrome\/(\d+)/.exec(navigator.userAgent)?.[1];
  return version === undefined ? 'browser' : `Chromium ${version}`;
}

const host: Host = {
  name: browserName(),
  kind: 'chromium',
  openCpu: (threads, build) => openCpu(threadsHere, threads, build),
  bundled: async () => {
    const source = byteSourceFromBlob(BUNDLED, await (await fetch(BUNDLED)).blob());
    const { architecture, reader } = await loadWeights([source]);
    if (!architecture) throw new Error(`${BUNDLED}: has no backbone in it`);
    return { architecture, backbone: reader };
  },
  web: {
    name: 'onnxruntime-web',
    async open(model, threads, pictures, dims) {
      if (!self.crossOriginIsolated) throw new Error('the page is not isolated, so onnxruntime-web would have one thread');
      const before = started;
      web.env.wasm.numThreads = threads;
      const session = await web.InferenceSession.create(model, { executionProviders: ['wasm'] });
      workers ??= started - before;
      requireThreads(threads, workers);
      return sideOf(session, new web.Tensor('float32', pictures, dims));
    },
  },
};

const tell = (told: Told): void => self.postMessage(told);

self.onmessage = async ({ data }: MessageEvent<Choices>) => {
  try {
    for await (const row of measure(host, data)) tell({ kind: 'row', row });
    tell({ kind: 'done' });
  } catch (thrown) {
    tell({ kind: 'failed', message: thrown instanceof Error ? thrown.message : String(thrown) });
  }
};
