/**
 * Measures the CPU kernels by shape on one thread: `npm run bench:kernels -- [simd|relaxed] [name...]`. Prints the median and the best
 * GFLOP/s, counting two operations for each multiply-accumulate. It measures processor time, which other work disturbs less. `peak` is
 * what the processor reaches with the same instructions and nothing to wait for.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { Instance, type Build } from '../src/engine/machines/cpu/module.js';
import { buildKernels, compileFor } from '../src/headless/machine/kernels.js';

interface Case {
  readonly name: string;
  /** Multiply-accumulates of one run. */
  readonly macs: number;
  readonly run: () => void;
}

const SECONDS = 0.4;

/** Writes `length` random floats to memory and returns their address. */
function randomFloats(instance: Instance, length: number): number {
  const at = instance.allocate(length * 4);
  const view = instance.floats(at, length);
  for (let i = 0; i < length; i++) view[i] = Math.sin(i * 12.9898) * 0.5;
  return at;
}

function attentionCases(instance: Instance, [images, tokens, heads, width]: readonly [number, number, number, number]): Case[] {
  const { kernels } = instance;
  const random = (length: number): number => randomFloats(instance, length);
  const zeros = (bytes: number): number => instance.allocate(bytes);
  const [rows, channels] = [images * tokens, heads * width];
  const [qkv, o, lse, dout, dqkv] = [
    random(rows * 3 * channels),
    random(rows * channels),
    random(images * heads * tokens),
    random(rows * channels),
    random(rows * 3 * channels),
  ];
  const scratch = zeros(Math.max(kernels.attentionScratch(tokens, width), kernels.attentionBackwardScratch(tokens, width)));
  const numbers = [images, tokens, tokens, heads, width, width ** -0.5, scratch];
  const macs = images * heads * tokens * tokens * width;
  const name = `${images} x ${tokens} x ${heads} x ${width}`;
  return [
    { name: `attention ${name}`, macs: 2 * macs, run: () => kernels.attention(qkv, 0, o, lse, ...numbers) },
    {
      name: `attention backward ${name}`,
      macs: 5 * macs,
      run: () => kernels.attentionBackward(qkv, 0, o, lse, dout, dqkv, ...numbers),
    },
  ];
}

function casesOf(instance: Instance): Case[] {
  const { kernels } = instance;
  const random = (length: number): number => randomFloats(instance, length);
  const zeros = (bytes: number): number => instance.allocate(bytes);
  const step = zeros(64);
  const linear = (name: string, rows: number, columns: number, depth: number, layout: number, activation = 0): Case => {
    const panels = zeros(64 * Math.max(Math.ceil(columns / 16) * depth, Math.ceil(depth / 16) * columns));
    const weight = random(columns * depth);
    kernels.packWeight(weight, layout === 1 ? depth : columns, layout === 1 ? columns : depth, panels);
    const [a, bias, out] = [random(rows * depth), random(columns), random(rows * columns)];
    const before = activation ? random(rows * columns) : 0;
    const scratch = zeros(kernels.linearScratch(depth));
    const at = [a, layout < 2 ? panels : weight, layout, layout === 0 ? bias : 0, before, 0, 0, out];
    return {
      name: `${name} ${rows} x ${columns} x ${depth}`,
      macs: rows * columns * depth,
      run: () => kernels.linear(...at, rows, columns, depth, 0, activation, step, 1, 0, 0, 0, 0, scratch),
    };
  };
  const gradient = (rows: number, columns: number, depth: number): Case => {
    const [dy, x, dweight] = [random(rows * columns), random(rows * depth), random(columns * depth)];
    const scratch = zeros(kernels.weightGradientScratch(rows, columns, depth));
    return {
      name: `weight gradient ${rows} x ${columns} x ${depth}`,
      macs: rows * columns * depth,
      run: () => kernels.weightGradient(dy, x, dweight, rows, columns, depth, scratch),
    };
  };
  return [
    linear('forward', 788, 576, 192, 0),
    linear('forward, gelu', 788, 768, 192, 0, 1),
    linear('forward', 788, 192, 768, 0),
    linear('forward', 788, 1152, 384, 0),
    linear('forward, gelu', 788, 1536, 384, 0, 1),
    linear('forward', 788, 384, 1536, 0),
    linear('forward', 197, 384, 1536, 0),
    linear('forward', 40, 384, 1536, 0),
    linear('backward', 788, 1536, 384, 1),
    linear('backward, gelu', 788, 1536, 384, 1, 3),
    linear('backward', 788, 384, 1536, 1),
    linear('backward', 160, 384, 1536, 1),
    linear('trained', 788, 8, 384, 2),
    linear('trained', 788, 1152, 8, 2),
    linear('trained backward', 788, 8, 1152, 3),
    linear('trained backward', 788, 384, 8, 3),
    gradient(788, 1152, 8),
    gradient(788, 8, 384),
    ...attentionCases(instance, [4, 197, 3, 64]),
    ...attentionCases(instance, [4, 197, 6, 64]),
    ...attentionCases(instance, [4, 50, 6, 64]),
  ];
}

/** Sums of {@link peakCase}: as many as a product of matrices keeps in registers, enough to hide the time that an addition takes. */
const SUMS = 12;
const TURNS = 100_000;

/**
 * Adds products of one register and of vectors from the first cache: one fused instruction for each vector with relaxed SIMD, two without.
 * Loads are included because processors have units of their own for them, and V8 would compute a product of constants once.
 */
async function peakCase(build: Build): Promise<Case> {
  const sums = Array.from({ length: SUMS }, (_, i) => `s${i}`);
  const added = (sum: string, i: number): string => {
    const factor = `v128.load(from, ${16 * i})`;
    return build === 'cpu-relaxed'
      ? `f32x4.relaxed_madd(${factor}, half, ${sum})`
      : `f32x4.add(${sum}, f32x4.mul(${factor}, half))`;
  };
  const source = `
    export function peak(from: usize, turns: i32): f32 {
      const half = f32x4.splat(0.5);
      let ${sums.map((sum) => `${sum} = f32x4.splat(0)`).join(', ')};
      for (let i = 0; i < turns; i++) { ${sums.map((sum, i) => `${sum} = ${added(sum, i)};`).join(' ')} }
      return f32x4.extract_lane(${sums.reduce((total, sum) => `f32x4.add(${total}, ${sum})`)}, 0);
    }`;
  const bytes = await compileFor(build, 'peak.ts', (name) => (name === 'peak.ts' ? source : null));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(bytes), { env: { memory, abort: () => undefined } });
  const peak = instance.exports.peak as (from: number, turns: number) => number;
  return { name: 'peak', macs: TURNS * SUMS * 4, run: () => void peak(1024, TURNS) };
}

function measure({ run, macs }: Case): { readonly median: number; readonly best: number } {
  run();
  const rates: number[] = [];
  for (const end = performance.now() + SECONDS * 1000; performance.now() < end;) {
    const began = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(began);
    rates.push((2 * macs) / (user + system) / 1e3);
  }
  rates.sort((a, b) => a - b);
  return { median: rates[rates.length >> 1] ?? NaN, best: rates.at(-1) ?? NaN };
}

async function main(words: readonly string[]): Promise<void> {
  // Node 20 has relaxed SIMD behind a flag, which must be set before the first compilation.
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  const files = await buildKernels();
  const builds: Build[] =
    words[0] === 'simd' ? ['cpu-simd'] : words[0] === 'relaxed' ? ['cpu-relaxed'] : ['cpu-simd', 'cpu-relaxed'];
  const names = words.filter((word) => word !== 'simd' && word !== 'relaxed');
  for (const build of builds) {
    const instance = new Instance(await WebAssembly.compile(readFileSync(files[build])));
    for (const one of [await peakCase(build), ...casesOf(instance)]) {
      if (names.length > 0 && !names.some((name) => one.name.startsWith(name))) continue;
      const { median, best } = measure(one);
      console.log(`${build.padEnd(12)} ${one.name.padEnd(40)} ${median.toFixed(1).padStart(6)} ${best.toFixed(1).padStart(6)}`);
    }
  }
}

await main(process.argv.slice(2));
