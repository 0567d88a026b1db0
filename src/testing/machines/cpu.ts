import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { buildKernels } from '../../headless/machine/kernels.js';
import { CpuMachine, type CpuOptions } from '../../engine/machines/cpu/machine.js';
import { Member } from '../../engine/machines/cpu/member.js';
import type { StartMember } from '../../engine/machines/cpu/messages.js';
import { Instance, supports, type Build } from '../../engine/machines/cpu/module.js';
import { Fixtures } from '../fixtures.js';

// Node 20 has relaxed SIMD behind a flag, which must be set before the first compilation.
setFlagsFromString('--experimental-wasm-relaxed-simd');

export const BUILDS: readonly Build[] = ['cpu-simd', 'cpu-relaxed'];

const modules = new Map<Build, Promise<WebAssembly.Module>>();

async function moduleOf(build: Build): Promise<WebAssembly.Module> {
  if (!supports(build)) throw new Error(`this host does not run the kernels' build ${build}`);
  const files = await buildKernels();
  return WebAssembly.compile(readFileSync(files[build]));
}

/** A build's module, compiled once. */
export function compiled(build: Build): Promise<WebAssembly.Module> {
  const known = modules.get(build) ?? moduleOf(build);
  modules.set(build, known);
  return known;
}

/** A build's kernels with a memory of their own. */
export async function testKernels(build: Build): Promise<TestMemory> {
  return new TestMemory(await compiled(build));
}

/** Arrays in a kernel's memory: inputs as float32 or unsigned integers, and outputs filled with NaN. */
export class TestMemory {
  readonly instance: Instance;

  constructor(module: WebAssembly.Module) {
    this.instance = new Instance(module);
  }

  get kernels() {
    return this.instance.kernels;
  }

  input(values: ArrayLike<number>): number {
    const at = this.instance.allocate(values.length * 4);
    this.instance.floats(at, values.length).set(values);
    return at;
  }

  indices(values: ArrayLike<number>): number {
    const at = this.instance.allocate(values.length * 4);
    this.instance.words(at, values.length).set(values);
    return at;
  }

  /** Room for `length` numbers, filled with NaN, so that a missing write is noticed. */
  output(length: number): number {
    const at = this.instance.allocate(length * 4);
    this.instance.floats(at, length).fill(NaN);
    return at;
  }

  /** Scratch of this many bytes, filled with NaN, so that a sum that starts from old contents is noticed. */
  scratch(bytes: number): number {
    return this.output(Math.ceil(bytes / 4));
  }

  /** The step values, in the layout of `step.ts`. */
  step(values: { seed?: number; number?: number; images?: number; first?: number; rates?: readonly number[] } = {}): number {
    const at = this.instance.allocate(64);
    this.instance.words(at, 3).set([values.seed ?? 0, values.number ?? 0, values.images ?? 1]);
    this.instance.floats(at + 12, 5).set(values.rates ?? [1, 1, 0, 0, 0]);
    this.instance.words(at + 32, 1).set([values.first ?? 0]);
    return at;
  }

  read(at: number, length: number): Float32Array<ArrayBuffer> {
    return this.instance.floats(at, length).slice();
  }

  readIndices(at: number, length: number): Uint32Array<ArrayBuffer> {
    return this.instance.words(at, length).slice();
  }
}

/** `count` random shapes: a whole number from `least` to `most` for every letter, often at the edges of a tile of sixteen. */
export function randomShapes<K extends string>(
  seed: number,
  count: number,
  bounds: Readonly<Record<K, readonly [number, number]>>,
): Record<K, number>[] {
  const random = new Fixtures(seed);
  const names = Object.keys(bounds) as K[];
  const edges = [1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33];
  return Array.from({ length: count }, () => {
    const shape: Partial<Record<K, number>> = {};
    for (const name of names) {
      const [least, most] = bounds[name];
      const edge = edges[Math.floor(random.next() * edges.length)] ?? 1;
      const drawn = least + Math.floor(random.next() * (most - least + 1));
      shape[name] = random.next() < 0.4 && edge >= least && edge <= most ? edge : drawn;
    }
    return shape as Record<K, number>;
  });
}

/** Random numbers that float32 holds exactly, so that both sides of a comparison start from the same values. */
export function normal(random: Fixtures, length: number, scale = 1, mean = 0): Float64Array {
  return random.normal(length, scale, mean).map(Math.fround);
}

/** A CPU machine whose threads are simulated: its members take turns on this thread. */
export async function testCpu(build: Build, threads = 1, more: Partial<CpuOptions> = {}): Promise<CpuMachine> {
  return new CpuMachine({ build, module: await compiled(build), start: startHere, threads, gflops: 1, description: '', ...more });
}

export const startHere: StartMember = (onAnswer) => {
  const member = new Member(
    (answer) => setImmediate(() => onAnswer(answer)),
    () => new Promise((resolve) => setImmediate(resolve)),
  );
  return { post: (order) => member.take(order), stop: () => undefined };
};
