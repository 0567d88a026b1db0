import type { Handed, StepValues } from '../../plan/machine.js';
import type { HostData, Tensor } from '../../plan/tensor.js';
import type { Gpu } from './device.js';

/** The bytes of the struct in `common/step.wgsl`. */
export const STEP_BYTES = 36;

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

/** The buffers of the plan's arena. */
export function ownedIn(ranges: ReadonlyMap<Tensor, Range>): GPUBuffer[] {
  return [...new Set([...ranges.values()].filter(({ owned }) => owned).map(({ buffer }) => buffer))];
}

/** A dispatch with everything that it needs. */
export interface Command {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly grid: readonly [number, number, number];
  readonly macs: number;
}

/** A run computes its batch in groups of pictures: each group runs the first commands, and the others follow once. */
export interface Group {
  /** Pictures of a group. */
  readonly images: number;
  /** Number of commands that each group runs. */
  readonly commands: number;
}

export interface RunOptions {
  /** Number of groups; 1 by default. */
  readonly groups?: number;
  /** Called before each group's commands, which see what it writes. */
  readonly before?: (group: number) => void;
  /** May add copies before a group's commands. */
  readonly gather?: (encoder: GPUCommandEncoder, group: number) => void;
  /** May add copies to a group's last submission. */
  readonly after?: (encoder: GPUCommandEncoder, group: number) => void;
}

/** What is encoded before and after a group's commands. */
interface Around {
  readonly begin: (encoder: GPUCommandEncoder) => void;
  readonly finish: (encoder: GPUCommandEncoder) => void;
}

/** The host's time for a run is averaged over about this many runs. */
const REMEMBERED_RUNS = 16;

/** A plan's uniform buffers: one for its dispatches, and one for the step with its bind group. */
export interface Uniforms {
  readonly uniformBuffer: GPUBuffer;
  readonly stepBuffer: GPUBuffer;
  readonly stepGroup: GPUBindGroup;
}

/** Dispatches with everything made in advance. Running them encodes and submits; nothing is allocated, and nothing waits. */
export class Commands {
  readonly #owned: readonly GPUBuffer[];
  #handed: Handed | undefined;
  #runs = 0;
  readonly #stepBytes = new ArrayBuffer(STEP_BYTES);
  readonly #gpu: Gpu;
  readonly #label: string;
  readonly #commands: readonly Command[];
  readonly #ranges: ReadonlyMap<Tensor, Range>;
  readonly #uniforms: Uniforms;
  readonly #group: Group;

  constructor(
    gpu: Gpu,
    label: string,
    commands: readonly Command[],
    ranges: ReadonlyMap<Tensor, Range>,
    uniforms: Uniforms,
    group: Group = { images: 0, commands: commands.length },
  ) {
    this.#gpu = gpu;
    this.#label = label;
    this.#commands = commands;
    this.#ranges = ranges;
    this.#uniforms = uniforms;
    this.#group = group;
    this.#owned = ownedIn(ranges);
  }

  /** The bytes of the arena. */
  get bytes(): number {
    return this.#owned.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  /** The host's work for a run; undefined before the first. */
  get handed(): Handed | undefined {
    return this.#handed;
  }

  #remember({ dispatches, submissions, milliseconds }: Handed): void {
    const before = this.#handed?.milliseconds ?? 0;
    this.#runs = Math.min(REMEMBERED_RUNS, this.#runs + 1);
    const mean = before + (milliseconds - before) / this.#runs;
    this.#handed = { dispatches, submissions, milliseconds: mean };
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

  /** @param first the picture of the batch that the group begins with. */
  #writeStep({ seed, number, images, update }: StepValues, first = 0): void {
    const view = new DataView(this.#stepBytes);
    view.setUint32(0, seed, true);
    view.setUint32(4, number, true);
    view.setUint32(8, images, true);
    view.setFloat32(12, update?.corrections[0] ?? 1, true);
    view.setFloat32(16, update?.corrections[1] ?? 1, true);
    view.setFloat32(20, update?.rates[0] ?? 0, true);
    view.setFloat32(24, update?.rates[1] ?? 0, true);
    view.setFloat32(28, update?.decay ?? 0, true);
    view.setUint32(32, first, true);
    this.#gpu.device.queue.writeBuffer(this.#uniforms.stepBuffer, 0, this.#stepBytes);
  }

  /** Encodes and submits all dispatches, in submissions that are too short for a watchdog. */
  run(values: StepValues, { groups = 1, before, gather, after }: RunOptions = {}): void {
    const { throughput, device } = this.#gpu;
    const started = performance.now();
    const total = { dispatches: 0, submissions: 0, milliseconds: 0 };
    let macs = 0;
    for (let group = 0; group < groups; group++) {
      before?.(group);
      this.#writeStep(values, group * this.#group.images);
      const began = performance.now();
      const end = group + 1 < groups ? this.#group.commands : this.#commands.length;
      const submitted = this.#submit(end, {
        begin: (encoder) => gather?.(encoder, group),
        finish: (encoder) => after?.(encoder, group),
      });
      macs += submitted.macs;
      total.dispatches += end;
      total.submissions += submitted.submissions;
      total.milliseconds += performance.now() - began;
    }
    this.#remember(total);
    // Nothing waits for this promise; a lost device is noticed when results are read.
    device.queue.onSubmittedWorkDone().then(
      () => throughput.learn(macs, (performance.now() - started) / 1000),
      () => undefined,
    );
  }

  /** Encodes and submits the commands before `end`. */
  #submit(end: number, { begin, finish }: Around): { submissions: number; macs: number } {
    const { throughput, device } = this.#gpu;
    const most = throughput.macsPerSubmission;
    let [index, submissions, total] = [0, 0, 0];
    do {
      const encoder = device.createCommandEncoder({ label: this.#label });
      if (index === 0) begin(encoder);
      const pass = encoder.beginComputePass({ label: this.#label });
      const from = index;
      let macs = 0;
      while (index < end && macs < most) macs += this.#commands[index++]?.macs ?? 0;
      this.#encode(pass, from, index);
      pass.end();
      if (index >= end) finish(encoder);
      device.queue.submit([encoder.finish()]);
      submissions++;
      total += macs;
    } while (index < end);
    return { submissions, macs: total };
  }

  /** Most of the time to encode is spent in these calls, so what is set already is not set again. */
  #encode(pass: GPUComputePassEncoder, begin: number, end: number): void {
    pass.setBindGroup(1, this.#uniforms.stepGroup);
    let set: GPUComputePipeline | undefined;
    for (let index = begin; index < end; index++) {
      const command = this.#commands[index];
      if (!command) return;
      const { pipeline, group, grid } = command;
      if (pipeline !== set) pass.setPipeline((set = pipeline));
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
    }
  }

  /**
   * Measures the milliseconds of the commands from `begin` to `end`, by the card's own clock if it has one. They are repeated until they
   * take much longer than a submission, so tensors that they update are updated as often.
   */
  async measure(values: StepValues, begin: number, end: number): Promise<number> {
    this.#writeStep(values);
    const { device, stopwatch } = this.#gpu;
    if (end <= begin) return 0;
    for (let runs = 1; ; runs *= 2) {
      const encoder = device.createCommandEncoder({ label: this.#label });
      const timed = stopwatch ? { timestampWrites: stopwatch.writes } : {};
      const pass = encoder.beginComputePass({ label: this.#label, ...timed });
      for (let run = 0; run < runs; run++) this.#encode(pass, begin, end);
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
