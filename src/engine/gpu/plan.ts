import { assignSlots, type Lifetime } from './arena.js';
import type { Gpu } from './device.js';
import { packUniforms, type Access, type Kernel } from './kernel.js';

/**
 * A run of 4-byte words that a plan's kernels read and write. Either transient (it gets a place in the plan's arena for as
 * long as it is used) or external (a range of a buffer that outlives the plan: weights, gradients, optimiser state).
 */
export interface Tensor {
  readonly label: string;
  /** Number of 4-byte elements. */
  readonly length: number;
  readonly external?: { readonly buffer: GPUBuffer; readonly offset: number };
}

export interface Dispatch<B extends string, U extends string> {
  readonly label: string;
  readonly buffers: Readonly<Record<B, Tensor>>;
  readonly uniforms: Readonly<Record<U, number>>;
  /** WGSL `override` constants. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Generated `const` lines: what an override cannot do, such as the size of a private array. */
  readonly header?: string;
  /** Shared files that this call adds to the kernel's own, such as the choice of an element type. */
  readonly includes?: readonly string[];
  /** Workgroups. */
  readonly grid: readonly [number, number, number];
  /** Multiply-accumulates, for cutting submissions and for the profile. */
  readonly macs?: number;
}

interface Recorded {
  readonly kernel: Kernel;
  readonly label: string;
  readonly buffers: readonly { readonly tensor: Tensor; readonly access: Access }[];
  readonly uniforms: Uint8Array<ArrayBuffer>;
  readonly constants: Readonly<Record<string, number>>;
  readonly header: string;
  readonly includes: readonly string[];
  readonly grid: readonly [number, number, number];
  readonly macs: number;
}

/** What changes from one run to the next; the layout of `common/step.wgsl`. */
export interface StepValues {
  readonly seed: number;
  readonly number: number;
  readonly images: number;
  readonly correction1?: number;
  readonly correction2?: number;
  readonly rates?: readonly [number, number];
  readonly decay?: number;
}

const STEP_BYTES = 32;

/** One way to compute something, as the autotuner tries it: on tensors of its own. */
export interface Candidate {
  readonly name: string;
  record(plan: PlanRecorder): void;
}

/** Choices that were measured. */
export interface Choices {
  known(key: string): string | undefined;
}

/** Collects dispatches in order; {@link compile} turns them into a {@link Plan}. */
export class PlanRecorder {
  private readonly records: Recorded[] = [];
  private readonly kept = new Set<Tensor>();
  private emptyRead: Tensor | undefined;
  /** Choices that were asked for and are not measured yet. */
  readonly pending = new Map<string, readonly Candidate[]>();

  constructor(
    readonly gpu: Gpu,
    readonly label: string,
    private readonly choices?: Choices,
  ) {}

  /** The measured choice, else the first candidate; `buildPlan` measures what was pending and records again. */
  choose(key: string, candidates: readonly Candidate[]): string {
    const known = this.choices?.known(key);
    if (known !== undefined) return known;
    this.pending.set(key, candidates);
    return candidates[0]?.name ?? '';
  }

  /** A transient tensor: its words are undefined until a dispatch writes them. */
  tensor(label: string, length: number): Tensor {
    return { label, length };
  }

  /** A transient tensor that can be read back after the plan ran, or written before: its place is never shared. */
  keep(tensor: Tensor): Tensor {
    this.kept.add(tensor);
    return tensor;
  }

  /** Stands for a buffer that a kernel's flags leave unread. */
  get unused(): Tensor {
    this.emptyRead ??= this.tensor('unused', 4);
    return this.emptyRead;
  }

  /** Stands for a buffer that a kernel's flags leave unwritten: a fresh one each time, since nothing else may alias it. */
  unusedWrite(): Tensor {
    return this.tensor('unused (write)', 4);
  }

  dispatch<B extends string, U extends string>(kernel: Kernel<B, U>, call: Dispatch<B, U>): void {
    const names = Object.keys(kernel.buffers) as B[];
    this.records.push({
      kernel,
      label: call.label,
      buffers: names.map((name) => ({ tensor: call.buffers[name], access: kernel.buffers[name] })),
      uniforms: packUniforms(kernel, call.uniforms),
      constants: call.constants ?? {},
      header: call.header ?? '',
      includes: [...kernel.includes, ...(call.includes ?? [])],
      grid: call.grid,
      macs: call.macs ?? 0,
    });
  }

  get dispatches(): number {
    return this.records.length;
  }

  /**
   * Places every tensor, makes bind groups, and compiles every pipeline.
   * @param onProgress told after each pipeline: how many of how many are ready.
   */
  async compile(onProgress?: (done: number, total: number) => void): Promise<Plan> {
    const { gpu, records } = this;
    const buffers = this.place();
    const alignment = gpu.device.limits.minUniformBufferOffsetAlignment;
    const uniforms = packShared(
      records.map((record) => record.uniforms),
      alignment,
    );
    const uniformBuffer = gpu.device.createBuffer({
      label: `${this.label} uniforms`,
      size: Math.max(16, uniforms.bytes.byteLength),
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    gpu.device.queue.writeBuffer(uniformBuffer, 0, uniforms.bytes);
    const stepBuffer = gpu.device.createBuffer({
      label: `${this.label} step`,
      size: STEP_BYTES,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    const stepLayout = gpu.bindGroupLayout('step', [
      { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' } },
    ]);
    const stepGroup = gpu.device.createBindGroup({
      layout: stepLayout,
      entries: [{ binding: 0, resource: { buffer: stepBuffer } }],
    });

    let ready = 0;
    const commands = await Promise.all(
      records.map(async (record, index): Promise<Command> => {
        const layout = gpu.bindGroupLayout(
          record.buffers.map(({ access }) => (access === 'read' ? 'r' : 'w')).join(''),
          layoutEntries(record.buffers.map(({ access }) => access)),
        );
        const pipeline = await gpu.pipeline({
          shader: record.kernel.shader,
          includes: record.includes,
          header: record.header,
          constants: record.constants,
          layouts: record.kernel.step ? [layout, stepLayout] : [layout],
        });
        onProgress?.(++ready, records.length);
        return {
          label: record.label,
          pipeline,
          group: gpu.device.createBindGroup({
            label: record.label,
            layout,
            entries: [
              {
                binding: 0,
                resource: { buffer: uniformBuffer, offset: uniforms.offsets[index] ?? 0, size: record.uniforms.byteLength },
              },
              ...record.buffers.map(({ tensor }, position) => ({
                binding: position + 1,
                resource: bindingOf(buffers, tensor, record.label),
              })),
            ],
          }),
          stepGroup: record.kernel.step ? stepGroup : null,
          grid: record.grid,
          macs: record.macs,
        };
      }),
    );
    const owned = [...new Set([...buffers.values()].filter((range) => range.owned).map((range) => range.buffer))];
    return new Plan(gpu, this.label, commands, buffers, owned, uniformBuffer, stepBuffer);
  }

  /** What the plan would take and do, without making it: bytes of its arena, and multiply-accumulates of a run. */
  measure(): { readonly bytes: number; readonly macs: number } {
    const { slotBytes } = this.assign();
    // As `Gpu.buffer` rounds them.
    const bytes = slotBytes.reduce((sum, size) => sum + Math.max(16, Math.ceil(size / 16) * 16), 0);
    return { bytes, macs: this.records.reduce((sum, record) => sum + record.macs, 0) };
  }

  /** The slot of the arena that each transient tensor lies in. */
  private assign(): {
    readonly tensors: readonly Tensor[];
    readonly slotOf: readonly number[];
    readonly slotBytes: readonly number[];
  } {
    const lifetimes = new Map<Tensor, Lifetime>();
    this.records.forEach((record, index) => {
      for (const { tensor } of record.buffers) {
        if (tensor.external) continue;
        const known = lifetimes.get(tensor);
        if (known) known.last = index;
        else lifetimes.set(tensor, { bytes: Math.max(16, tensor.length * 4), first: index, last: index });
      }
    });
    for (const tensor of this.kept) {
      const known = lifetimes.get(tensor);
      if (known) {
        known.first = 0;
        known.last = Number.POSITIVE_INFINITY;
      } else lifetimes.set(tensor, { bytes: Math.max(16, tensor.length * 4), first: 0, last: Number.POSITIVE_INFINITY });
    }
    return { tensors: [...lifetimes.keys()], ...assignSlots([...lifetimes.values()]) };
  }

  private place(): Map<Tensor, Range> {
    const { tensors, slotOf, slotBytes } = this.assign();
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const slots = slotBytes.map((bytes, slot) => this.gpu.buffer(`${this.label} slot ${slot}`, bytes, usage));
    const ranges = new Map<Tensor, Range>();
    tensors.forEach((tensor, index) => {
      const buffer = slots[slotOf[index] ?? 0];
      if (buffer) ranges.set(tensor, { buffer, offset: 0, size: Math.max(16, tensor.length * 4), owned: true });
    });
    for (const record of this.records) {
      for (const { tensor } of record.buffers) {
        if (tensor.external && !ranges.has(tensor)) {
          ranges.set(tensor, { ...tensor.external, size: Math.max(4, tensor.length * 4), owned: false });
        }
      }
    }
    return ranges;
  }
}

interface Range {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
  readonly owned: boolean;
}

interface Command {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly stepGroup: GPUBindGroup | null;
  readonly grid: readonly [number, number, number];
  readonly macs: number;
}

function bindingOf(ranges: ReadonlyMap<Tensor, Range>, tensor: Tensor, where: string): GPUBufferBinding {
  const range = ranges.get(tensor);
  if (!range) throw new Error(`${where}: the tensor ${tensor.label} has no place`);
  return { buffer: range.buffer, offset: range.offset, size: range.size };
}

function layoutEntries(accesses: readonly Access[]): GPUBindGroupLayoutEntry[] {
  const visibility = GPUShaderStage.COMPUTE;
  return [
    { binding: 0, visibility, buffer: { type: 'uniform' } },
    ...accesses.map((access, index): GPUBindGroupLayoutEntry => ({
      binding: index + 1,
      visibility,
      buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
    })),
  ];
}

/** Puts equal uniform blocks in one place each, at the alignment that bindings ask for. */
function packShared(
  blocks: readonly Uint8Array<ArrayBuffer>[],
  alignment: number,
): { bytes: Uint8Array<ArrayBuffer>; offsets: number[] } {
  const known = new Map<string, number>();
  const distinct: { offset: number; block: Uint8Array<ArrayBuffer> }[] = [];
  let end = 0;
  const offsets = blocks.map((block) => {
    const key = block.join(',');
    let offset = known.get(key);
    if (offset === undefined) {
      offset = end;
      known.set(key, offset);
      distinct.push({ offset, block });
      end += Math.ceil(block.byteLength / alignment) * alignment;
    }
    return offset;
  });
  const bytes = new Uint8Array(end);
  for (const { offset, block } of distinct) bytes.set(block, offset);
  return { bytes, offsets };
}

export interface ProfileRow {
  readonly label: string;
  readonly milliseconds: number;
  readonly macs: number;
}

/** Dispatches with everything made ahead. Running it encodes and submits; nothing is allocated and nothing waits. */
export class Plan {
  /** Multiply-accumulates after which a submission is cut, so that none runs long enough for a watchdog to notice. */
  macsPerSubmission = Number.POSITIVE_INFINITY;
  private readonly stepBytes = new ArrayBuffer(STEP_BYTES);

  constructor(
    readonly gpu: Gpu,
    readonly label: string,
    private readonly commands: readonly Command[],
    private readonly ranges: ReadonlyMap<Tensor, Range>,
    private readonly owned: readonly GPUBuffer[],
    private readonly uniformBuffer: GPUBuffer,
    private readonly stepBuffer: GPUBuffer,
  ) {}

  get dispatches(): number {
    return this.commands.length;
  }

  get macs(): number {
    return this.commands.reduce((sum, command) => sum + command.macs, 0);
  }

  /** Bytes of the arena. */
  get bytes(): number {
    return this.owned.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  /** The buffer range behind a kept tensor. */
  range(tensor: Tensor): { readonly buffer: GPUBuffer; readonly offset: number; readonly size: number } {
    const range = this.ranges.get(tensor);
    if (!range) throw new Error(`${this.label}: the tensor ${tensor.label} has no place in this plan`);
    return range;
  }

  write(tensor: Tensor, data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>): void {
    const { buffer, offset } = this.range(tensor);
    this.gpu.device.queue.writeBuffer(buffer, offset, data);
  }

  async read(tensor: Tensor): Promise<ArrayBuffer> {
    const { buffer, offset } = this.range(tensor);
    return this.gpu.read(buffer, offset, tensor.length * 4);
  }

  private writeStep(values: StepValues): void {
    const view = new DataView(this.stepBytes);
    view.setUint32(0, values.seed, true);
    view.setUint32(4, values.number, true);
    view.setUint32(8, values.images, true);
    view.setFloat32(12, values.correction1 ?? 1, true);
    view.setFloat32(16, values.correction2 ?? 1, true);
    view.setFloat32(20, values.rates?.[0] ?? 0, true);
    view.setFloat32(24, values.rates?.[1] ?? 0, true);
    view.setFloat32(28, values.decay ?? 0, true);
    this.gpu.device.queue.writeBuffer(this.stepBuffer, 0, this.stepBytes);
  }

  /**
   * Encodes and submits every dispatch.
   * @param finish may add copies to the last submission.
   */
  run(values: StepValues, finish?: (encoder: GPUCommandEncoder) => void): void {
    this.writeStep(values);
    const { queue } = this.gpu.device;
    let index = 0;
    do {
      const encoder = this.gpu.device.createCommandEncoder({ label: this.label });
      const pass = encoder.beginComputePass({ label: this.label });
      let macs = 0;
      while (index < this.commands.length && macs < this.macsPerSubmission) {
        const command = this.commands[index++];
        if (!command) break;
        encode(pass, command);
        macs += command.macs;
      }
      pass.end();
      if (index >= this.commands.length) finish?.(encoder);
      queue.submit([encoder.finish()]);
    } while (index < this.commands.length);
  }

  /** Runs dispatch by dispatch, waiting for each: slow, for finding out where the time goes. */
  async profile(values: StepValues): Promise<ProfileRow[]> {
    this.writeStep(values);
    const rows: ProfileRow[] = [];
    await this.gpu.device.queue.onSubmittedWorkDone();
    for (const command of this.commands) {
      const started = performance.now();
      const encoder = this.gpu.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      encode(pass, command);
      pass.end();
      this.gpu.device.queue.submit([encoder.finish()]);
      await this.gpu.device.queue.onSubmittedWorkDone();
      rows.push({ label: command.label, milliseconds: performance.now() - started, macs: command.macs });
    }
    return rows;
  }

  destroy(): void {
    for (const buffer of this.owned) this.gpu.release(buffer);
    this.uniformBuffer.destroy();
    this.stepBuffer.destroy();
  }
}

function encode(pass: GPUComputePassEncoder, command: Command): void {
  pass.setPipeline(command.pipeline);
  pass.setBindGroup(0, command.group);
  if (command.stepGroup) pass.setBindGroup(1, command.stepGroup);
  pass.dispatchWorkgroups(...command.grid);
}
