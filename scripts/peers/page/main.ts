/** The page of the measurements in a browser. It measures in a worker, where the playground computes too. */
import type { Choices } from '../measure.js';
import type { Told } from './worker.js';

function measurePeers(choices: Choices, tell: (told: Told) => void): void {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<Told>) => tell(data);
  worker.onerror = ({ message }) => tell({ kind: 'failed', message: message || 'the worker did not load' });
  worker.postMessage(choices);
}

Object.assign(window, { measurePeers });
