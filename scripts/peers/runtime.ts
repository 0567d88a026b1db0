import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { Side } from './pairs.js';

/** A session that runs with the same pictures every time. */
export function sideOf(session: InferenceSession, pictures: Tensor): Side {
  return { run: () => session.run({ pixel_values: pictures }) };
}

/**
 * Throws if onnxruntime-web started fewer threads than it was told, since it silently falls back to one.
 * @param workers how many it started; the caller's thread computes too.
 */
export function requireThreads(threads: number, workers: number): void {
  if (workers + 1 >= threads) return;
  throw new Error(
    `onnxruntime-web was told to use ${threads} threads and started ${workers + 1}: nothing is measured against it`,
  );
}
