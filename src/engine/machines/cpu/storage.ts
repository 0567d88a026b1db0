import type { ElementType, HostData, Moment, Role, Storage, StorageOptions } from '../../plan/tensor.js';
import type { Bytes } from './messages.js';
import { HELD_TWICE, type Form } from './lowering.js';
import type { Source } from './crew.js';
import type { CpuMemory } from './memory.js';

/** The bytes of an array, not copied. */
export function bytesOf(data: HostData): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Memory that outlives plans. The machine's own memory holds what it adds up and updates. The members hold copies of what the work on
 * pictures reads: frozen weights once the first plan needs them, trained ones as they change, and room for each group's sums.
 */
export class CpuStorage implements Storage, Source {
  readonly label: string;
  readonly role: Role;
  readonly type: ElementType;
  readonly length: number;
  /** Address in the machine's own memory; frozen weights have none. */
  readonly own: number | undefined;
  /** Increases with every write and update. */
  version = 0;
  readonly #memory: CpuMemory;
  /** Addresses in every member's memory, by form. */
  readonly #shared = new Map<string, number>();
  /** A frozen weight's data, kept until it is stored in every form that may be needed. */
  #data: Uint8Array<ArrayBuffer> | undefined;

  constructor(memory: CpuMemory, { label, role, type, length, data }: StorageOptions) {
    this.#memory = memory;
    this.label = label;
    this.role = role;
    this.type = type;
    this.length = length;
    if (role === 'frozen') {
      this.#data = data ? bytesOf(data) : new Uint8Array(length * 4);
      return;
    }
    this.own = memory.takeOwn(length * 4);
    if (data) memory.own.byteView(this.own, length * 4).set(bytesOf(data));
    if (role === 'state') return;
    this.#shared.set(formKey('plain'), memory.takeShared(length * 4));
    if (role === 'trained') memory.crew.follow(this);
  }

  /** Its address in every member's memory. Throws where a frozen weight that is too large to be stored twice is wanted in two forms. */
  sharedAt(form: Form): number {
    const key = formKey(form);
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    if (this.role !== 'frozen') throw new Error(`${this.label}: it belongs to the update alone`);
    if (!this.#data)
      throw new Error(`${this.label}: a frozen weight of this size is stored in one form, but operations need two`);
    const at = this.#memory.share(this.#data, form);
    this.#shared.set(key, at);
    if (this.length > HELD_TWICE) this.#data = undefined;
    return at;
  }

  /** The bytes that members get as their copy of a trained weight. */
  bytes(): Bytes {
    return { at: this.sharedAt('plain'), data: this.read8() };
  }

  write(data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>, when: Moment = 'in order'): void {
    const { own } = this;
    if (own === undefined) throw new Error(`${this.label}: a frozen weight is not written again`);
    const copy = bytesOf(data).slice();
    const put = (): void => {
      this.#memory.own.byteView(own, copy.length).set(copy);
      this.version++;
    };
    if (when === 'now') put();
    else void this.#memory.turns.exclusive(put);
  }

  /** An update changes all weights in one task of this thread, so that between two tasks they are those of one step. */
  read(when: Moment = 'in order'): Promise<ArrayBuffer> {
    if (when === 'now') return Promise.resolve(this.read8().buffer);
    return this.#memory.turns.shared(() => this.read8().buffer);
  }

  /** A copy of its present content in the machine's own memory. */
  read8(): Uint8Array<ArrayBuffer> {
    if (this.own === undefined) throw new Error(`${this.label}: a frozen weight is not read back`);
    return this.#memory.own.byteView(this.own, this.length * 4).slice();
  }

  /** Takes effect after everything that was handed over before. */
  release(): void {
    void this.#memory.turns.exclusive(() => {
      if (this.role === 'trained') this.#memory.crew.forget(this);
      if (this.own !== undefined) this.#memory.freeOwn(this.own);
      for (const at of this.#shared.values()) this.#memory.freeShared(at);
      this.#shared.clear();
      this.#data = undefined;
    });
  }
}

const formKey = (form: Form): string =>
  form === 'plain' ? form : `${form.columns} ${form.depth}${form.turned ? ' turned' : ''}`;

export function cpuStorage(storage: Storage | undefined): CpuStorage {
  if (storage instanceof CpuStorage) return storage;
  throw new Error(`${storage?.label ?? 'a tensor of the update'}: it was not made by this machine`);
}
