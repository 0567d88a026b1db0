import { PlaygroundError } from '../../../vit/errors.js';
import { assignSlots, lifetimesOf } from '../../plan/arena.js';
import type { Progress } from '../../plan/machine.js';
import { elementBytes, type Tensor } from '../../plan/tensor.js';
import { FEWER_WEIGHTS, formatBytes, LESS_MEMORY, type Gpu, type PipelineRequest } from './device.js';
import type { Access } from './kernel.js';
import type { Dispatched } from './lowering.js';
import { Commands, ownedIn, STEP_BYTES, type Command, type Group, type Range } from './commands.js';
import { bufferOf } from './storage.js';

/** The length of a rehearsal's buffers, whose content does not matter. */
const REHEARSED_BYTES = 256;

/** The input of compiling: dispatches in order, and the tensors that the host writes or reads, whose places are not shared. */
export interface Lowered {
  readonly label: string;
  readonly dispatched: readonly Dispatched[];
  readonly kept: readonly Tensor[];
  /** Left out where the whole batch is run at once. */
  readonly group?: Group;
}

/**
 * Places all tensors, makes bind groups, and compiles the pipelines that this device has not compiled before.
 * @param onProgress called with the number of these pipelines that are ready. What it throws ends the compilation.
 */
export async function compileDispatches(gpu: Gpu, lowered: Lowered, onProgress?: Progress): Promise<Commands> {
  const { label, dispatched } = lowered;
  requireBindable(gpu, lowered);
  const ranges = await placeOnDevice(gpu, lowered);
  const blocks = packShared(
    dispatched.map(({ uniforms }) => uniforms),
    gpu.device.limits.minUniformBufferOffsetAlignment,
  );
  const uniformBuffer = uniformBufferOf(gpu, `${label} uniforms`, Math.max(16, blocks.bytes.byteLength));
  gpu.device.queue.writeBuffer(uniformBuffer, 0, blocks.bytes);
  const stepBuffer = uniformBufferOf(gpu, `${label} step`, STEP_BYTES);
  const stepLayout = gpu.bindGroupLayout('step', [
    { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' } },
  ]);
  const stepGroup = gpu.device.createBindGroup({
    layout: stepLayout,
    entries: [{ binding: 0, resource: { buffer: stepBuffer } }],
  });

  const made = dispatched.map((dispatch) => {
    const { kernel, includes, header, constants, buffers } = dispatch;
    const layout = layoutOf(gpu, buffers);
    const layouts = kernel.step ? [layout, stepLayout] : [layout];
    return { dispatch, layout, request: { shader: kernel.shader, includes, header, constants, layouts } };
  });
  try {
    await compileFresh(gpu, made, stepGroup, onProgress);
  } catch (thrown) {
    for (const buffer of ownedIn(ranges)) gpu.release(buffer);
    for (const buffer of [uniformBuffer, stepBuffer]) buffer.destroy();
    throw thrown;
  }
  const makeCommand = async ({ dispatch, layout, request }: Made, index: number): Promise<Command> => {
    const { grid, macs } = dispatch;
    const pipeline = await gpu.pipeline(request);
    const uniforms = { buffer: uniformBuffer, offset: blocks.offsets[index] ?? 0, size: dispatch.uniforms.byteLength };
    const buffers = dispatch.buffers.map(({ tensor }) => bindingOf(ranges, tensor, dispatch.label));
    const entries = [uniforms, ...buffers].map((resource, binding) => ({ binding, resource }));
    const group = gpu.device.createBindGroup({ label: dispatch.label, layout, entries });
    return { pipeline, group, grid, macs };
  };
  const commands = await Promise.all(made.map(makeCommand));
  return new Commands(gpu, label, commands, ranges, { uniformBuffer, stepBuffer, stepGroup }, lowered.group);
}

interface Made {
  readonly dispatch: Dispatched;
  readonly layout: GPUBindGroupLayout;
  readonly request: PipelineRequest;
}

/** How many pipelines are compiled at a time: enough to keep all compilers busy, and few enough to stop soon. */
const AT_A_TIME = { gpu: 16, software: 2 } as const;

/**
 * Compiles the pipelines that this device has not compiled before, and reports how many are ready. What `onProgress` throws ends it: no other
 * pipeline is begun, and those that are ready remain.
 */
async function compileFresh(gpu: Gpu, made: readonly Made[], stepGroup: GPUBindGroup, onProgress?: Progress): Promise<void> {
  const fresh = gpu.fresh(made);
  const left = fresh.values();
  let [ready, ended] = [0, false];
  const tell = (): void => onProgress?.(ready, fresh.length, 'Compiling shaders');
  if (fresh.length > 0) tell();
  const compileLeft = async (): Promise<void> => {
    for (const one of left) {
      if (ended) return;
      await rehearse(gpu, one, await gpu.pipeline(one.request), stepGroup);
      ready++;
      tell();
    }
  };
  const compilers = Array.from({ length: AT_A_TIME[gpu.adapter.kind === 'gpu' ? 'gpu' : 'software'] }, () => compileLeft());
  try {
    await Promise.all(compilers);
  } finally {
    ended = true;
    await Promise.allSettled(compilers);
  }
}

/**
 * Runs a pipeline once on its own buffers, with sizes of zero. Some drivers, such as llvmpipe, compile a shader when it first runs, and the
 * user would wait for the first step without an explanation.
 */
async function rehearse(
  gpu: Gpu,
  { dispatch, layout }: Made,
  pipeline: GPUComputePipeline,
  stepGroup: GPUBindGroup,
): Promise<void> {
  const { device } = gpu;
  const label = `rehearsal of ${dispatch.label}`;
  const sizes = [dispatch.uniforms.byteLength, ...dispatch.buffers.map(() => REHEARSED_BYTES)];
  const buffers = sizes.map((size, binding) =>
    device.createBuffer({ label, size, usage: binding === 0 ? GPUBufferUsage.UNIFORM : GPUBufferUsage.STORAGE }),
  );
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const encoder = device.createCommandEncoder({ label });
  const pass = encoder.beginComputePass({ label });
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ label, layout, entries }));
  if (dispatch.kernel.step) pass.setBindGroup(1, stepGroup);
  pass.dispatchWorkgroups(1);
  pass.end();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  for (const buffer of buffers) buffer.destroy();
}

function layoutOf(gpu: Gpu, buffers: Dispatched['buffers']): GPUBindGroupLayout {
  const accesses = buffers.map(({ access }) => access);
  const key = accesses.map((access) => (access === 'read' ? 'r' : 'w')).join('');
  return gpu.bindGroupLayout(key, layoutEntries(accesses));
}

function uniformBufferOf(gpu: Gpu, label: string, size: number): GPUBuffer {
  return gpu.device.createBuffer({ label, size, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
}

const bytesOf = (tensor: Tensor): number => tensor.length * elementBytes(tensor);

/** The bytes of the largest tensor in the arena. */
export function largestBytes({ dispatched, kept }: Pick<Lowered, 'dispatched' | 'kept'>): number {
  const used = dispatched.flatMap(({ buffers }) => buffers.map(({ tensor }) => tensor));
  return [...used, ...kept].reduce((most, tensor) => (tensor.external ? most : Math.max(most, bytesOf(tensor))), 0);
}

/** Throws `gpu.out-of-memory` where a tensor exceeds the adapter's largest binding, even with one picture in a group. */
function requireBindable(gpu: Gpu, { label, dispatched }: Lowered): void {
  const most = gpu.limits.maxStorageBufferBindingSize;
  for (const { buffers } of dispatched) {
    for (const { tensor } of buffers) {
      if (bytesOf(tensor) <= most) continue;
      const what = `${label}: ${tensor.label} has ${formatBytes(bytesOf(tensor))}`;
      const hint = tensor.external ? FEWER_WEIGHTS : LESS_MEMORY;
      throw new PlaygroundError('gpu.out-of-memory', `${what}, but this adapter binds at most ${formatBytes(most)}; ${hint}`);
    }
  }
}

/** The bytes of the arena, rounded as by `Gpu.buffer`. */
export function arenaBytes(lowered: Lowered): number {
  return assign(lowered).slotBytes.reduce((sum, size) => sum + Math.max(16, Math.ceil(size / 16) * 16), 0);
}

/** The slots of the arena for the plan's tensors. */
function assign({ dispatched, kept }: Lowered) {
  const steps = dispatched.map(({ buffers }) => buffers.map(({ tensor }) => tensor));
  const lifetimes = lifetimesOf(steps, kept);
  return { tensors: [...lifetimes.keys()], ...assignSlots([...lifetimes.values()]) };
}

/** Makes the arena's buffers. Rejects with `gpu.out-of-memory` where the device has no room for them. */
async function placeOnDevice(gpu: Gpu, lowered: Lowered): Promise<Map<Tensor, Range>> {
  gpu.device.pushErrorScope('out-of-memory');
  const ranges = place(gpu, lowered);
  if ((await gpu.device.popErrorScope()) === null) return ranges;
  const owned = ownedIn(ranges);
  const bytes = owned.reduce((sum, buffer) => sum + buffer.size, 0);
  for (const buffer of owned) gpu.release(buffer);
  throw new PlaygroundError(
    'gpu.out-of-memory',
    `${lowered.label}: the GPU has no room for ${formatBytes(bytes)} beside the ${formatBytes(gpu.allocatedBytes)} in use; ${LESS_MEMORY}`,
  );
}

function place(gpu: Gpu, lowered: Lowered): Map<Tensor, Range> {
  const { tensors, slotOf, slotBytes } = assign(lowered);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const slots = slotBytes.map((bytes, slot) => gpu.buffer(`${lowered.label} slot ${slot}`, bytes, usage));
  const ranges = new Map<Tensor, Range>();
  tensors.forEach((tensor, index) => {
    const buffer = slots[slotOf[index] ?? 0];
    if (buffer) ranges.set(tensor, { buffer, offset: 0, size: Math.max(16, tensor.length * 4), owned: true });
  });
  for (const { buffers } of lowered.dispatched) {
    for (const { tensor } of buffers) {
      if (!tensor.external || ranges.has(tensor)) continue;
      const { storage, offset } = tensor.external;
      const bytes = elementBytes(tensor);
      const size = Math.max(4, 4 * Math.ceil((tensor.length * bytes) / 4));
      ranges.set(tensor, { buffer: bufferOf(storage), offset: offset * bytes, size, owned: false });
    }
  }
  return ranges;
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

/** Packs uniform blocks at the alignment that bindings need; equal blocks share a place. */
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
