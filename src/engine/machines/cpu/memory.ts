import type { Crew } from './crew.js';
import { Heap } from './heap.js';
import type { Form } from './lowering.js';
import type { Instance } from './module.js';
import type { Turns } from './turns.js';

/** The machine's own memory, and the allocations in the members' memories, which all have the same layout. */
export class CpuMemory {
  readonly #ownHeap: Heap;
  readonly #sharedHeap: Heap;
  readonly #most: number;
  readonly #onFewer: () => void;

  constructor(
    /** The machine's own kernels, for updates and for the sizes of scratch memory. */
    readonly own: Instance,
    readonly crew: Crew,
    readonly turns: Turns,
    /** The most bytes that the members' memories may have together. Beyond it members are dismissed. */
    most: number,
    onFewer: () => void,
  ) {
    this.#most = most;
    this.#onFewer = onFewer;
    this.#ownHeap = new Heap(own.kernels.heapBase());
    this.#sharedHeap = new Heap(own.kernels.heapBase());
  }

  /** Bytes in use in all memories together. */
  get used(): number {
    return this.#ownHeap.used + this.crew.size * this.#sharedHeap.used;
  }

  /** Bytes of one member's memory. */
  get each(): number {
    return this.#sharedHeap.end;
  }

  /** Allocates zeros in the machine's own memory. */
  takeOwn(bytes: number): number {
    const at = this.#ownHeap.allocate(bytes);
    this.own.reserve(this.#ownHeap.end);
    this.own.byteView(at, bytes).fill(0);
    return at;
  }

  /** Allocates zeros in every member's memory. */
  takeShared(bytes: number): number {
    const at = this.placeShared(bytes);
    this.crew.broadcast({ kind: 'write', writes: [{ at, data: new Uint8Array(bytes) }] });
    return at;
  }

  /** Allocates room in every member's memory, whose content is undefined. */
  placeShared(bytes: number): number {
    const at = this.#sharedHeap.allocate(bytes);
    const { size } = this.crew;
    while (this.crew.size > 1 && this.crew.size * this.#sharedHeap.end > this.#most) this.crew.dismiss();
    if (this.crew.size < size) this.#onFewer();
    this.crew.broadcast({ kind: 'reserve', end: this.#sharedHeap.end });
    return at;
  }

  /** Stores a frozen weight in every member's memory, in the form in which it is read. */
  share(data: Uint8Array<ArrayBuffer>, form: Form): number {
    if (form === 'plain') {
      const at = this.placeShared(data.length);
      this.crew.broadcast({ kind: 'write', writes: [{ at, data }] });
      return at;
    }
    const { columns, depth, turned } = form;
    const at = this.placeShared(turned ? 64 * Math.ceil(depth / 16) * columns : 64 * Math.ceil(columns / 16) * depth);
    const from = this.placeShared(data.length);
    this.crew.broadcast({ kind: 'pack', from: { at: from, data }, columns, depth, turned, at });
    this.#sharedHeap.free(from);
    return at;
  }

  freeOwn(at: number): void {
    this.#ownHeap.free(at);
  }

  freeShared(at: number): void {
    this.#sharedHeap.free(at);
  }
}
