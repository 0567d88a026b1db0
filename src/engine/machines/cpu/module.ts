/** The kernels' module: the builds, which of them this host can run, and instances, each on its own memory. */

/** `cpu-simd` runs wherever WebAssembly has SIMD; `cpu-relaxed` fuses products and sums where the host has relaxed SIMD. */
export type Build = 'cpu-simd' | 'cpu-relaxed';

const NAMES = [
  'adamw',
  'addInto',
  'assembleTokens',
  'assembleTokensBackward',
  'attention',
  'attentionBackward',
  'attentionBackwardScratch',
  'attentionScratch',
  'bestPartners',
  'biasGradient',
  'checkGradient',
  'crossEntropy',
  'drawPartners',
  'firstTokens',
  'firstTokensBackward',
  'followTokens',
  'pairTokens',
  'gammaGradient',
  'heapBase',
  'keepRows',
  'layerNorm',
  'layerNormBackward',
  'linear',
  'linearScratch',
  'lossSummary',
  'matchScratch',
  'merge',
  'mergeBackward',
  'packHalf',
  'packTurned',
  'packWeight',
  'patchesFromBytes',
  'patchesFromFloats',
  'pyraBackward',
  'pyraBackwardScratch',
  'pyraModulation',
  'pyraStrength',
  'rankPairs',
  'unpackHalf',
  'weightGradient',
  'weightGradientScratch',
] as const;

/** The arguments are sizes, flags and addresses in the memory. Each kernel's own file gives their order. */
export type KernelFunction = (...numbers: number[]) => number;
export type Kernels = Readonly<Record<(typeof NAMES)[number], KernelFunction>>;

const PAGE = 65_536;
/** Pages of the 4 GiB that a 32-bit memory can have. */
const MOST_PAGES = 65_536;
/** Length of a cache line in bytes. */
const LINE = 64;

/** The code of a function with `i32x4.splat` and of one with `f32x4.relaxed_madd`. A host that accepts the module has the instructions. */
const PROBES: Readonly<Record<Build, readonly number[]>> = {
  'cpu-simd': [0x41, 0, 0xfd, 0x11],
  'cpu-relaxed': [0x41, 0, 0xfd, 0x11, 0x41, 0, 0xfd, 0x11, 0x41, 0, 0xfd, 0x11, 0xfd, 0x85, 0x02],
};

/**
 * Whether this host can run a build. In Node 20 relaxed SIMD needs V8's flag before the first compilation; setting it is the host's task.
 */
export function supports(build: Build): boolean {
  const code = PROBES[build];
  const body = [0, ...code, 0x0b];
  const section = [1, body.length, ...body];
  return WebAssembly.validate(
    // Magic and version; the type () -> v128; one function of it; its code.
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 0x0a, section.length, ...section),
  );
}

/** The kernels on a memory that only grows. Addresses stay valid; views become invalid when the memory grows. */
export class Instance {
  readonly kernels: Kernels;
  #end: number;
  readonly #memory: WebAssembly.Memory;

  /** @param module of a build; all instances and workers share it. */
  constructor(module: WebAssembly.Module, memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES })) {
    this.#memory = memory;
    this.kernels = kernelsOf(new WebAssembly.Instance(module, { env: { memory, abort: refuse } }));
    this.#end = aligned(this.kernels.heapBase());
  }

  /** @returns the address of this many zero bytes, aligned to a cache line. Throws a RangeError where the memory cannot grow so far. */
  allocate(bytes: number): number {
    const at = this.#end;
    this.#end = aligned(at + bytes);
    this.reserve(this.#end);
    return at;
  }

  /** Makes the memory reach up to `end`. Throws a RangeError where it cannot grow so far. */
  reserve(end: number): void {
    const missing = Math.ceil((end - this.#memory.buffer.byteLength) / PAGE);
    if (missing > 0) this.#memory.grow(missing);
  }

  /** Size of the memory in bytes. */
  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  floats(at: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#buffer, at, length);
  }

  words(at: number, length: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.#buffer, at, length);
  }

  byteView(at: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer, at, length);
  }

  get #buffer(): ArrayBuffer {
    return this.#memory.buffer;
  }
}

function aligned(address: number): number {
  return Math.ceil(address / LINE) * LINE;
}

function refuse(): never {
  throw new Error('cpu kernels: a kernel stopped itself');
}

function kernelsOf({ exports }: WebAssembly.Instance): Kernels {
  const found = NAMES.map((name) => {
    const value: unknown = exports[name];
    if (!isKernel(value)) throw new Error(`cpu kernels: the module has no kernel '${name}'`);
    return [name, value] as const;
  });
  return recordOf(found);
}

function isKernel(value: unknown): value is KernelFunction {
  return typeof value === 'function';
}

function recordOf(entries: readonly (readonly [keyof Kernels, KernelFunction])[]): Kernels {
  const record: Partial<Record<keyof Kernels, KernelFunction>> = {};
  for (const [name, kernel] of entries) record[name] = kernel;
  if (!isWhole(record)) throw new Error('cpu kernels: the module lacks kernels');
  return record;
}

function isWhole(record: Partial<Record<keyof Kernels, KernelFunction>>): record is Record<keyof Kernels, KernelFunction> {
  return NAMES.every((name) => record[name] !== undefined);
}
