import { assignSlots, type Lifetime } from './arena.js';
import { PlaygroundError } from '../../vit/errors.js';
import { formatBytes, LESS_MEMORY, type Gpu } from './device.js';
import { packUniforms, type Access, type Kernel } from './kernel.js';
import { Plan, STEP_BYTES, type Command } from './plan.js';
import type { Range, Tensor } from './tensor.js';

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
  /** Multiply-accumulates, for cutting submissions and for what a step costs. */
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

/** One way to compute something, as the autotuner tries it: on tensors of its own. */
export interface Candidate {
  readonly name: string;
  record(plan: PlanRecorder): void;
}

/** Choices that were measured. */
export interface Choices {
  known(key: string): string | undefined;
}

/** Collects dispatches in order; {@link PlanRecorder.compile} turns them into a {@link Plan}. */
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
    const buffers = await this.placeOnDevice();
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

  /** Rejects with `gpu.out-of-memory` where the device has no room for the arena. */
  private async placeOnDevice(): Promise<Map<Tensor, Range>> {
    const { gpu } = this;
    gpu.device.pushErrorScope('out-of-memory');
    const ranges = this.place();
    if ((await gpu.device.popErrorScope()) === null) return ranges;
    const owned = new Set([...ranges.values()].filter((range) => range.owned).map((range) => range.buffer));
    const bytes = [...owned].reduce((sum, buffer) => sum + buffer.size, 0);
    for (const buffer of owned) gpu.release(buffer);
    throw new PlaygroundError(
      'gpu.out-of-memory',
      `${this.label}: the GPU has no room for ${formatBytes(bytes)} beside the ${formatBytes(gpu.allocatedBytes)} in use; ${LESS_MEMORY}`,
    );
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
