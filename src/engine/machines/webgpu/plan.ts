import type { Gpu } from './device.js';
import type { Range, Tensor } from './tensor.js';

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

/** Of `common/step.wgsl`'s struct. */
export const STEP_BYTES = 32;

/** One dispatch with all that it needs. */
export interface Command {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly stepGroup: GPUBindGroup | null;
  readonly grid: readonly [number, number, number];
  readonly macs: number;
}

/** Dispatches with everything made ahead. Running it encodes and submits; nothing is allocated and nothing waits. */
export class Plan {
  /** Multiply-accumulates of a run. */
  readonly macs: number;
  private readonly stepBytes = new ArrayBuffer(STEP_BYTES);

  constructor(
    readonly gpu: Gpu,
    readonly label: string,
    private readonly commands: readonly Command[],
    private readonly ranges: ReadonlyMap<Tensor, Range>,
    private readonly owned: readonly GPUBuffer[],
    private readonly uniformBuffer: GPUBuffer,
    private readonly stepBuffer: GPUBuffer,
  ) {
    this.macs = commands.reduce((sum, command) => sum + command.macs, 0);
  }

  get dispatches(): number {
    return this.commands.length;
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
   * Encodes and submits every dispatch, cut so that no submission runs long enough for a watchdog to notice.
   * @param finish may add copies to the last submission.
   */
  run(values: StepValues, finish?: (encoder: GPUCommandEncoder) => void): void {
    this.writeStep(values);
    const { throughput, device } = this.gpu;
    const { queue } = device;
    const most = throughput.macsPerSubmission;
    const started = performance.now();
    let index = 0;
    do {
      const encoder = device.createCommandEncoder({ label: this.label });
      const pass = encoder.beginComputePass({ label: this.label });
      let macs = 0;
      while (index < this.commands.length && macs < most) {
        const command = this.commands[index++];
        if (!command) break;
        encode(pass, command);
        macs += command.macs;
      }
      pass.end();
      if (index >= this.commands.length) finish?.(encoder);
      queue.submit([encoder.finish()]);
    } while (index < this.commands.length);
    // Nobody waits for it, and a lost device tells through what is read back.
    queue.onSubmittedWorkDone().then(
      () => throughput.learn(this.macs, (performance.now() - started) / 1000),
      () => undefined,
    );
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
