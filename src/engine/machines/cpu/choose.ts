import { Instance, type Build } from './module.js';

/** Rows, columns and depth of the product that is measured: about two milliseconds. */
const SHAPE = [128, 384, 384] as const;
const TRIALS = 5;
/** `cpu-relaxed` is taken unless it is slower than this beside the other: where both are about alike, noise must not choose. */
const MARGIN = 1.1;

/** Builds that a host can run, compiled. */
export interface Builds {
  readonly 'cpu-simd': WebAssembly.Module;
  /** Left out where the host has no relaxed SIMD. */
  readonly 'cpu-relaxed'?: WebAssembly.Module | undefined;
}

export interface Choice {
  readonly build: Build;
  readonly module: WebAssembly.Module;
  /** Of a product of matrices on one thread, 10^9 a second. */
  readonly gflops: number;
}

/**
 * The faster build on this host, by a measurement of some milliseconds: there are engines that run relaxed SIMD slowly.
 * @param only takes this one whatever its speed, where the host has it: for measurements of either.
 */
export function chooseBuild(builds: Builds, only?: Build): Choice {
  const plain: Choice = { build: 'cpu-simd', module: builds['cpu-simd'], gflops: gflopsOf(builds['cpu-simd']) };
  if (only === 'cpu-simd') return plain;
  const module = builds['cpu-relaxed'];
  if (!module) return plain;
  const relaxed: Choice = { build: 'cpu-relaxed', module, gflops: gflopsOf(module) };
  if (only === 'cpu-relaxed') return relaxed;
  return relaxed.gflops * MARGIN >= plain.gflops ? relaxed : plain;
}

/** Of the best of several products, on zeros. */
export function gflopsOf(module: WebAssembly.Module): number {
  const instance = new Instance(module);
  const { kernels } = instance;
  const [rows, columns, depth] = SHAPE;
  const [a, panels, out] = [rows * depth, columns * depth, rows * columns].map((length) => instance.allocate(4 * length));
  const [step, scratch] = [instance.allocate(64), instance.allocate(kernels.linearScratch(depth))];
  let best = Infinity;
  for (let trial = 0; trial < TRIALS; trial++) {
    const began = performance.now();
    kernels.linear(a ?? 0, panels ?? 0, 0, 0, 0, 0, 0, out ?? 0, rows, columns, depth, 0, 0, step, 1, 0, 0, 0, 0, scratch);
    best = Math.min(best, performance.now() - began);
  }
  return (2 * rows * columns * depth) / best / 1e6;
}
