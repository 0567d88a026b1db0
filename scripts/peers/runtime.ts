import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { Side } from './pairs.js';

/** A session that is given the same pictures every time. */
export function sideOf(session: InferenceSession, pictures: Tensor): Side {
  return { run: () => session.run({ pixel_values: pictures }) };
}

/**
 * Throws where onnxruntime-web has started fewer threads than it was told to: it falls back to one without a word.
 * @param workers that it started; its caller's own thread takes part.
 */
export function requireThreads(threads: number, workers: number): void {
  if (workers + 1 >= threads) return;
  throw new Error(
    `onnxruntime-web was told to use ${threads} threads and started ${workers + 1}: nothing is measured against it`,
  );
}
