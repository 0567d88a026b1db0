import { PlaygroundError } from '../../../vit/errors.js';
import type { AdapterDescription } from '../../../protocol/runs/run.js';
import { Stopwatch } from './measure/stopwatch.js';
import { Throughput } from './throughput.js';

/** Reads a WGSL file by its path below `shaders/`, without the extension: `attention/forward`. */
export type ShaderReader = (path: string) => string;

/** The limits of an adapter that the engine requests as high as they are, beyond WebGPU's defaults. */
const WANTED_LIMITS = [
  'maxBufferSize', // a stage's activations at large batches
  'maxStorageBufferBindingSize', // the same, bound at once
  'maxStorageBuffersPerShaderStage', // the merge, PYRA's modulation and its backward bind eight
  'maxComputeWorkgroupStorageSize', // larger tiles
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const;

/** The features that it requests where the adapter has them. */
const WANTED_FEATURES = [
  'timestamp-query', // the card's own clock, for the time of each operation
  'subgroups', // candidates that exchange numbers between invocations without workgroup memory
] as const;

export type BufferLimits = Pick<GPUSupportedLimits, 'maxBufferSize' | 'maxStorageBufferBindingSize'>;

/** Advice for errors about memory. */
export const LESS_MEMORY = 'take a smaller batch or image, or compute activations again (recompute)';
/** Advice where weights are too large. */
export const FEWER_WEIGHTS = 'take a smaller backbone, or train fewer of its weights';

export function describeAdapter(adapter: GPUAdapter): AdapterDescription {
  const { vendor, architecture, device, description } = adapter.info;
  const text = `${vendor} ${architecture} ${device} ${description}`.toLowerCase();
  const hardware = !/swiftshader|llvmpipe|software|warp|basic render|lavapipe/.test(text);
  const name = [architecture, device].filter((part) => part !== '').join(' ') || description || vendor || 'unnamed adapter';
  return {
    name: `${name} (${vendor || 'unknown vendor'}, ${hardware ? 'hardware' : 'software'})`,
    vendor,
    architecture,
    description,
    kind: hardware ? 'gpu' : 'software',
    features: [...adapter.features].sort(),
  };
}

/**
 * A device, with the pipelines made so far and the first error that WebGPU reported outside an error scope. {@link check} throws that
 * error; a validation error is a defect of this project.
 */
export class Gpu {
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  readonly #modules = new Map<string, GPUShaderModule>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  #failure: PlaygroundError | undefined;
  /** The bytes of living buffers that were made by this object. */
  allocatedBytes = 0;
  readonly throughput: Throughput;
  #stopwatch: Stopwatch | null | undefined;
  /** Settles when the device is lost; never rejects. */
  readonly lost: Promise<PlaygroundError>;
  readonly #readShader: ShaderReader;

  private constructor(
    readonly device: GPUDevice,
    readonly adapter: AdapterDescription,
    readShader: ShaderReader,
    /** The invocations that every subgroup has at least; 0 where shaders cannot use subgroups. */
    readonly smallestSubgroup: number,
  ) {
    this.#readShader = readShader;
    this.throughput = new Throughput(adapter.kind === 'gpu');
    device.addEventListener('uncapturederror', (event) => {
      const outOfMemory = event.error instanceof GPUOutOfMemoryError;
      this.#failure ??= outOfMemory
        ? new PlaygroundError(
            'gpu.out-of-memory',
            `the GPU is out of memory (${formatBytes(this.allocatedBytes)} in use); ${LESS_MEMORY}`,
          )
        : new PlaygroundError('gpu.validation', `the GPU refused a command: ${event.error.message}`);
    });
    this.lost = device.lost.then((info) => {
      const error = new PlaygroundError(
        'gpu.lost',
        `the GPU device was lost (${info.message || info.reason}); continue from the last epoch`,
      );
      this.#failure ??= error;
      return error;
    });
  }

  /** Rejects with `gpu.unavailable` where the adapter gives no device. */
  static async open(adapter: GPUAdapter, readShader: ShaderReader): Promise<Gpu> {
    const requiredLimits: Record<string, number> = {};
    for (const name of WANTED_LIMITS) requiredLimits[name] = adapter.limits[name];
    const requiredFeatures = WANTED_FEATURES.filter((feature) => adapter.features.has(feature));
    try {
      const device = await adapter.requestDevice({ label: 'pyra', requiredLimits, requiredFeatures });
      const smallest = device.features.has('subgroups') ? (adapter.info.subgroupMinSize ?? 0) : 0;
      return new Gpu(device, describeAdapter(adapter), readShader, smallest);
    } catch (cause) {
      throw new PlaygroundError('gpu.unavailable', `the adapter ${adapter.info.description} gave no device`, { cause });
    }
  }

  /** The largest buffer and binding. */
  get limits(): BufferLimits {
    return this.device.limits;
  }

  /** The card's clock; null where it cannot be read. */
  get stopwatch(): Stopwatch | null {
    this.#stopwatch ??= this.device.features.has('timestamp-query') ? new Stopwatch(this.device) : null;
    return this.#stopwatch;
  }

  /** Throws the first error reported since the device was opened. It is called where results are read. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Makes a buffer. Throws `gpu.out-of-memory` where it exceeds the adapter's largest. */
  buffer(label: string, bytes: number, usage: GPUBufferUsageFlags, advice = LESS_MEMORY): GPUBuffer {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    const { maxBufferSize } = this.limits;
    if (size > maxBufferSize) {
      throw new PlaygroundError(
        'gpu.out-of-memory',
        `${label} needs a buffer of ${formatBytes(size)}, but this adapter's buffers have at most ${formatBytes(maxBufferSize)}; ${advice}`,
      );
    }
    this.allocatedBytes += size;
    return this.device.createBuffer({ label, size, usage });
  }

  release(buffer: GPUBuffer): void {
    this.allocatedBytes -= buffer.size;
    buffer.destroy();
  }

  /** Makes a storage buffer with the given content. */
  upload(label: string, data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): GPUBuffer {
    const buffer = this.buffer(
      label,
      data.byteLength,
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    );
    this.device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  }

  /** Reads `bytes` of a buffer after everything that was submitted before. */
  async read(buffer: GPUBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    const staging = this.device.createBuffer({
      label: `read ${buffer.label}`,
      size: Math.max(4, bytes),
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, offset, staging, 0, bytes);
    this.device.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(GPUMapMode.READ);
      return staging.getMappedRange().slice(0, bytes);
    } catch (cause) {
      this.check();
      throw new PlaygroundError('gpu.lost', `reading ${buffer.label} back failed`, { cause });
    } finally {
      staging.destroy();
      this.check();
    }
  }

  bindGroupLayout(key: string, entries: readonly GPUBindGroupLayoutEntry[]): GPUBindGroupLayout {
    let layout = this.#layouts.get(key);
    if (!layout) {
      layout = this.device.createBindGroupLayout({ label: key, entries: [...entries] });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  /**
   * Compiles a pipeline, or returns the same one as before. Rejects with `gpu.shader`, naming the file, the line and the compiler's
   * message.
   */
  pipeline(request: PipelineRequest): Promise<GPUComputePipeline> {
    const key = pipelineKey(request);
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      pipeline = this.#compile(request);
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  /** Those with a new pipeline, one for each pipeline. */
  fresh<T extends { readonly request: PipelineRequest }>(all: readonly T[]): T[] {
    const found = new Map(all.map((one) => [pipelineKey(one.request), one]));
    for (const key of this.#pipelines.keys()) found.delete(key);
    return [...found.values()];
  }

  async #compile(request: PipelineRequest): Promise<GPUComputePipeline> {
    const prefix = [request.header, ...request.includes.map((path) => this.#readShader(path))].join('\n');
    const key = moduleKey(request);
    let module = this.#modules.get(key);
    if (!module) {
      // The compiler's message is reported below, when making the pipeline fails.
      this.device.pushErrorScope('validation');
      module = this.device.createShaderModule({ label: request.shader, code: `${prefix}\n${this.#readShader(request.shader)}` });
      this.#modules.set(key, module);
      void this.device.popErrorScope();
    }
    try {
      return await this.device.createComputePipelineAsync({
        label: request.shader,
        layout: this.device.createPipelineLayout({ label: request.shader, bindGroupLayouts: [...request.layouts] }),
        compute: { module, entryPoint: 'main', constants: request.constants },
      });
    } catch (cause) {
      const info = await module.getCompilationInfo();
      const prefixLines = prefix.split('\n').length;
      const [message] = info.messages.filter((entry) => entry.type === 'error');
      const place = message
        ? `${request.shader}.wgsl:${message.lineNum - prefixLines}:${message.linePos}: ${message.message}`
        : String(cause);
      throw new PlaygroundError('gpu.shader', `a shader did not compile on this adapter: ${place}`, {
        subject: request.shader,
        cause,
      });
    }
  }

  destroy(): void {
    this.device.destroy();
  }
}

export interface PipelineRequest {
  readonly shader: string;
  readonly includes: readonly string[];
  /** Generated `const`, `alias` and `enable` lines. */
  readonly header: string;
  /** WGSL `override` values. */
  readonly constants: Readonly<Record<string, number>>;
  readonly layouts: readonly GPUBindGroupLayout[];
}

function pipelineKey(request: PipelineRequest): string {
  const constants = Object.entries(request.constants).map(([name, value]) => `${name}=${value}`);
  return `${moduleKey(request)}|${constants.join(',')}`;
}

function moduleKey(request: PipelineRequest): string {
  return `${request.shader}|${request.includes.join(',')}|${request.header}`;
}

export function formatBytes(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
