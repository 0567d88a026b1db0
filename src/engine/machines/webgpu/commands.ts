import type { Handed, StepValues } from '../../plan/machine.js';
import type { HostData, Tensor } from '../../plan/tensor.js';
import type { Gpu } from './device.js';

/** The bytes of the struct in `common/step.wgsl`. */
export const STEP_BYTES = 32;

/** The least duration of a measurement. */
const LEAST_MILLISECONDS = 4;

/** The place of a tensor. */
export interface Range {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
  /** Whether the buffer belongs to the plan's arena, which is destroyed with the plan. */
  readonly owned: boolean;
}

/** A dispatch with everything that it needs. */
export interface Command {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly stepGroup: GPUBindGroup | null;
  readonly grid: readonly [number, number, number];
  readonly macs: number;
}

/** The host's time for a run is averaged over about this many runs. */
const REMEMBERED_RUNS = 16;

/** Dispatches with everything made in advance. Running them encodes and submits; nothing is allocated, and nothing waits. */
export class Commands {
  readonly macs: number;
  readonly #owned: readonly GPUBuffer[];
  #handed: Handed | undefined;
  #runs = 0;
  readonly #stepBytes = new ArrayBuffer(STEP_BYTES);
  readonly #gpu: Gpu;
  readonly #label: string;
  readonly #commands: readonly Command[];
  readonly #ranges: ReadonlyMap<Tensor, Range>;
  readonly #uniforms: { readonly uniformBuffer: GPUBuffer; readonly stepBuffer: GPUBuffer };

  constructor(
    gpu: Gpu,
    label: string,
    commands: readonly Command[],
    ranges: ReadonlyMap<Tensor, Range>,
    uniforms: { readonly uniformBuffer: GPUBuffer; readonly stepBuffer: GPUBuffer },
  ) {
    this.#gpu = gpu;
    this.#label = label;
    this.#commands = commands;
    this.#ranges = ranges;
    this.#uniforms = uniforms;
    this.macs = commands.reduce((sum, command) => sum + command.macs, 0);
    this.#owned = [...new Set([...ranges.values()].filter((range) => range.owned).map((range) => range.buffer))];
  }

  /** The bytes of the arena. */
  get bytes(): number {
    return this.#owned.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  /** The host's work for a run; undefined before the first. */
  get handed(): Handed | undefined {
    return this.#handed;
  }

  #remember(submissions: number, milliseconds: number): void {
    const before = this.#handed?.milliseconds ?? 0;
    this.#runs = Math.min(REMEMBERED_RUNS, this.#runs + 1);
    const mean = before + (milliseconds - before) / this.#runs;
    this.#handed = { dispatches: this.#commands.length, submissions, milliseconds: mean };
  }

  range(tensor: Tensor): Range {
    const range = this.#ranges.get(tensor);
    if (!range) throw new Error(`${this.#label}: the tensor ${tensor.label} has no place in this plan`);
    return range;
  }

  write(tensor: Tensor, data: HostData): void {
    const { buffer, offset } = this.range(tensor);
    this.#gpu.device.queue.writeBuffer(buffer, offset, data);
  }

  #writeStep({ seed, number, images, update }: StepValues): void {
    const view = new DataView(this.#stepBytes);
    view.setUint32(0, seed, true);
    view.setUint32(4, number, true);
    view.setUint32(8, images, true);
    view.setFloat32(12, update?.corrections[0] ?? 1, true);
    view.setFloat32(16, update?.corrections[1] ?? 1, true);
    view.setFloat32(20, update?.rates[0] ?? 0, true);
    view.setFloat32(24, update?.rates[1] ?? 0, true);
    view.setFloat32(28, update?.decay ?? 0, true);
    this.#gpu.device.queue.writeBuffer(this.#uniforms.stepBuffer, 0, this.#stepBytes);
  }

  /**
   * Encodes and submits all dispatches, in submissions that are too short for a watchdog.
   * @param finish may add copies to the last submission.
   */
  run(values: StepValues, finish?: (encoder: GPUCommandEncoder) => void): void {
    this.#writeStep(values);
    const { throughput, device } = this.#gpu;
    const { queue } = device;
    const most = throughput.macsPerSubmission;
    const started = performance.now();
    let index = 0;
    let submissions = 0;
    do {
      const encoder = device.createCommandEncoder({ label: this.#label });
      const pass = encoder.beginComputePass({ label: this.#label });
      let macs = 0;
      while (index < this.#commands.length && macs < most) {
        const command = this.#commands[index++];
        if (!command) break;
        encode(pass, command);
        macs += command.macs;
      }
      pass.end();
      if (index >= this.#commands.length) finish?.(encoder);
      queue.submit([encoder.finish()]);
      submissions++;
    } while (index < this.#commands.length);
    this.#remember(submissions, performance.now() - started);
    // Nothing waits for this promise; a lost device is noticed when results are read.
    queue.onSubmittedWorkDone().then(
      () => throughput.learn(this.macs, (performance.now() - started) / 1000),
      () => undefined,
    );
  }

  /**
   * Measures the milliseconds of the commands from `begin` to `end`, by the card's own clock if it has one. They are repeated until they
   * take much longer than a submission, so tensors that they update are updated as often.
   */
  async measure(values: StepValues, begin: number, end: number): Promise<number> {
    this.#writeStep(values);
    const { device, stopwatch } = this.#gpu;
    const commands = this.#commands.slice(begin, end);
    if (commands.length === 0) return 0;
    for (let runs = 1; ; runs *= 2) {
      const encoder = device.createCommandEncoder({ label: this.#label });
      const timed = stopwatch ? { timestampWrites: stopwatch.writes } : {};
      const pass = encoder.beginComputePass({ label: this.#label, ...timed });
      for (let run = 0; run < runs; run++) for (const command of commands) encode(pass, command);
      pass.end();
      stopwatch?.resolve(encoder);
      const began = performance.now();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
      const milliseconds = performance.now() - began;
      const own = (await stopwatch?.read()) ?? milliseconds;
      if (milliseconds >= LEAST_MILLISECONDS) return own / runs;
    }
  }

  destroy(): void {
    for (const buffer of this.#owned) this.#gpu.release(buffer);
    this.#uniforms.uniformBuffer.destroy();
    this.#uniforms.stepBuffer.destroy();
  }
}

function encode(pass: GPUComputePassEncoder, command: Command): void {
  pass.setPipeline(command.pipeline);
  pass.setBindGroup(0, command.group);
  if (command.stepGroup) pass.setBindGroup(1, command.stepGroup);
  pass.dispatchWorkgroups(...command.grid);
}
