import type { Gpu } from '../gpu/device.js';
import type { Tensor } from '../gpu/tensor.js';
import type { ParameterLayout } from './parameters.js';

/** Trained weights on the GPU with their gradients and AdamW's state, each one flat buffer. */
export class TrainedWeights {
  private readonly weight: GPUBuffer;
  private readonly gradient: GPUBuffer;
  private readonly first: GPUBuffer;
  private readonly second: GPUBuffer;
  private readonly groups: GPUBuffer;
  private readonly healthBuffer: GPUBuffer;
  private readonly offsets = new Map<string, { readonly offset: number; readonly length: number }>();

  constructor(
    private readonly gpu: Gpu,
    readonly layout: ParameterLayout,
    initial: Float32Array<ArrayBuffer>,
  ) {
    this.weight = gpu.upload('trained weights', initial);
    this.gradient = gpu.upload('gradients', new Float32Array(layout.length));
    this.first = gpu.upload('AdamW first moments', new Float32Array(layout.length));
    this.second = gpu.upload('AdamW second moments', new Float32Array(layout.length));
    this.groups = gpu.upload('parameter groups', layout.groups);
    this.healthBuffer = gpu.upload('health', new Uint32Array(4));
    for (const { name, offset, length } of layout.parameters) this.offsets.set(name, { offset, length });
  }

  private view(label: string, buffer: GPUBuffer, name: string): Tensor {
    const place = this.offsets.get(name);
    if (!place) throw new Error(`there is no trained weight ${name}`);
    return { label: `${label} ${name}`, length: place.length, external: { buffer, offset: place.offset * 4 } };
  }

  /** A trained weight, for reading. */
  value(name: string): Tensor {
    return this.view('weight', this.weight, name);
  }

  /** Its gradient, for writing. */
  gradientOf(name: string): Tensor {
    return this.view('gradient', this.gradient, name);
  }

  /** Everything AdamW touches, whole. */
  get optimizer() {
    const whole = (label: string, buffer: GPUBuffer, length: number): Tensor => ({
      label,
      length,
      external: { buffer, offset: 0 },
    });
    const { length } = this.layout;
    return {
      weight: whole('weights', this.weight, length),
      gradient: whole('gradients', this.gradient, length),
      first: whole('first moments', this.first, length),
      second: whole('second moments', this.second, length),
      groups: whole('groups', this.groups, this.layout.groups.length),
      health: this.health,
      length,
    };
  }

  /** [1] unsigned: not zero once a loss or a gradient was not finite. */
  get health(): Tensor {
    return { label: 'health', length: 4, external: { buffer: this.healthBuffer, offset: 0 } };
  }

  readValues(): Promise<Float32Array<ArrayBuffer>> {
    return this.readAll(this.weight);
  }

  readGradients(): Promise<Float32Array<ArrayBuffer>> {
    return this.readAll(this.gradient);
  }

  async readMoments(): Promise<{ first: Float32Array<ArrayBuffer>; second: Float32Array<ArrayBuffer> }> {
    return { first: await this.readAll(this.first), second: await this.readAll(this.second) };
  }

  writeValues(values: Float32Array<ArrayBuffer>): void {
    this.gpu.device.queue.writeBuffer(this.weight, 0, values);
  }

  /** Also forgets that a gradient was ever not finite. */
  writeMoments(first: Float32Array<ArrayBuffer>, second: Float32Array<ArrayBuffer>): void {
    this.gpu.device.queue.writeBuffer(this.first, 0, first);
    this.gpu.device.queue.writeBuffer(this.second, 0, second);
    this.gpu.device.queue.writeBuffer(this.healthBuffer, 0, new Uint32Array(4));
  }

  private async readAll(buffer: GPUBuffer): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.gpu.read(buffer, 0, this.layout.length * 4));
  }

  get bytes(): number {
    return this.owned.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  private get owned(): GPUBuffer[] {
    return [this.weight, this.gradient, this.first, this.second, this.groups, this.healthBuffer];
  }

  destroy(): void {
    for (const buffer of this.owned) this.gpu.release(buffer);
  }
}
