import { viewOf, type Moment, type Storage, type StorageMaker, type Tensor } from '../plan/tensor.js';
import type { ParameterLayout } from './parameters.js';

/** The trained weights on a machine with their gradients and AdamW's state, each in one flat storage, and the result of a step's loss. */
export class ParameterStorage {
  readonly #weight: Storage;
  readonly #gradient: Storage;
  readonly #firstMoment: Storage;
  readonly #secondMoment: Storage;
  readonly #groups: Storage;
  /** [4] unsigned: the first becomes nonzero when a loss or a gradient is not finite. */
  readonly health: Storage;
  /** [2]: mean loss and hits of the last batch. */
  readonly result: Storage;
  readonly #places = new Map<string, { readonly offset: number; readonly length: number }>();

  /** @param initial [layout.length], zeros where left out. */
  constructor(
    make: StorageMaker,
    readonly layout: ParameterLayout,
    initial?: Float32Array<ArrayBuffer>,
  ) {
    const { length, groups } = layout;
    const data = initial ? { data: initial } : {};
    this.#weight = make({ label: 'trained weights', role: 'trained', type: 'f32', length, ...data });
    this.#gradient = make({ label: 'gradients', role: 'sum', type: 'f32', length });
    this.#firstMoment = make({ label: 'first moments', role: 'state', type: 'f32', length });
    this.#secondMoment = make({ label: 'second moments', role: 'state', type: 'f32', length });
    this.#groups = make({ label: 'parameter groups', role: 'state', type: 'u32', length: groups.length, data: groups });
    this.health = make({ label: 'health', role: 'state', type: 'u32', length: 4 });
    this.result = make({ label: 'result', role: 'sum', type: 'f32', length: 2 });
    for (const { name, offset, length: own } of layout.parameters) this.#places.set(name, { offset, length: own });
  }

  /** A trained weight; the tensor also says where its gradient goes. */
  value(name: string): Tensor {
    const place = this.#places.get(name);
    if (!place) throw new Error(`there is no trained weight ${name}`);
    const { offset, length } = place;
    return { ...viewOf(this.#weight, name, offset, length), gradient: viewOf(this.#gradient, `d ${name}`, offset, length) };
  }

  /** Everything that AdamW reads and writes, as whole storages. */
  get optimizer() {
    return {
      result: viewOf(this.result),
      gradient: viewOf(this.#gradient),
      groups: viewOf(this.#groups),
      health: viewOf(this.health),
      weight: viewOf(this.#weight),
      firstMoment: viewOf(this.#firstMoment),
      secondMoment: viewOf(this.#secondMoment),
    };
  }

  readValues(when?: Moment): Promise<Float32Array<ArrayBuffer>> {
    return floatsOf(this.#weight, when);
  }

  readGradients(): Promise<Float32Array<ArrayBuffer>> {
    return floatsOf(this.#gradient);
  }

  async readMoments(): Promise<{ first: Float32Array<ArrayBuffer>; second: Float32Array<ArrayBuffer> }> {
    return { first: await floatsOf(this.#firstMoment), second: await floatsOf(this.#secondMoment) };
  }

  writeValues(values: Float32Array<ArrayBuffer>, when?: Moment): void {
    this.#weight.write(values, when);
  }

  /** Also clears the mark that a gradient was not finite. */
  writeMoments(first: Float32Array<ArrayBuffer>, second: Float32Array<ArrayBuffer>): void {
    this.#firstMoment.write(first);
    this.#secondMoment.write(second);
    this.health.write(new Uint32Array(this.health.length));
  }

  get bytes(): number {
    return this.#owned.reduce((sum, { length }) => sum + 4 * length, 0);
  }

  get #owned(): Storage[] {
    const moments = [this.#firstMoment, this.#secondMoment];
    return [this.#weight, this.#gradient, ...moments, this.#groups, this.health, this.result];
  }

  release(): void {
    for (const storage of this.#owned) storage.release();
  }
}

async function floatsOf(storage: Storage, when?: Moment): Promise<Float32Array<ArrayBuffer>> {
  return new Float32Array(await storage.read(when));
}
