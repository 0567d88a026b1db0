/**
 * Python pickles, read by an allow-list: what a checkpoint of tensors needs (numbers, strings, lists, dicts, tuples,
 * `OrderedDict`, `argparse.Namespace`, torch's storages and tensor rebuilding) and nothing else. Nothing in the file runs; a
 * global outside the list is refused by its name the moment the file names it. Opcodes as in Python's `pickletools`.
 */
import { PlaygroundError } from '../../vit/errors.js';
import { setArrayState } from './arrays.js';
import { PickleObjects } from './objects.js';
import {
  PickleArray,
  PickleDict,
  PickleGlobal,
  PickleNamespace,
  PickleOther,
  PickleTuple,
  type PickleStorage,
  type PickleValue,
} from './values.js';

const MARK = Symbol('mark');
type StackItem = PickleValue | typeof MARK;

/** Integers longer than this are no number of a checkpoint. */
const MAX_INTEGER_BYTES = 64;

/** Each instruction may make an object. A model of tens of thousands of tensors needs no more than this, and memory holds as many. */
const MAX_INSTRUCTIONS = 2_000_000;

/** Python 2 did not tell bytes from text. A byte string of at least this length is an array's elements, a shorter one a word. */
const LONGEST_WORD = 2 ** 16;

export interface ReadPickle {
  readonly value: PickleValue;
  /** Where the pickle ended. */
  readonly end: number;
  /** Every storage that it refers to. */
  readonly storages: readonly PickleStorage[];
}

/**
 * Reads one pickle from `bytes` at `start`. Throws `file.unsupported` for a name or an
 * instruction outside the list, `file.damaged` for everything that is malformed; `what` opens the sentence.
 *
 * @param arrays whether the pickle is read for numpy's arrays, as a data set is.
 */
export function readPickle(bytes: Uint8Array<ArrayBuffer>, what: string, start = 0, arrays = false): ReadPickle {
  return new Unpickler(bytes, what, start, arrays).run();
}

/** Thrown where the bytes end too early, so that a caller with more bytes can try again. */
export class PickleEndError extends PlaygroundError {}

class Unpickler {
  readonly #view: DataView;
  readonly #objects: PickleObjects;
  readonly #stack: StackItem[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #position: number;

  constructor(
    readonly bytes: Uint8Array<ArrayBuffer>,
    readonly what: string,
    start: number,
    readonly arrays: boolean,
  ) {
    this.#objects = new PickleObjects(what, arrays);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
  }

  run(): ReadPickle {
    for (let count = 0; count < MAX_INSTRUCTIONS; count++) {
      const opcode = this.#u8();
      if (opcode === 0x2e) return { value: this.#pop(), end: this.#position, storages: this.#objects.storages };
      this.#step(opcode);
    }
    throw this.#objects.damaged(`has more than ${MAX_INSTRUCTIONS} instructions, which no checkpoint of a model needs`);
  }

  #take(length: number): number {
    const from = this.#position;
    if (length < 0 || from + length > this.bytes.length) {
      throw new PickleEndError('file.damaged', `${this.what} ends in the middle: the file is truncated`);
    }
    this.#position = from + length;
    return from;
  }

  #u8 = (): number => this.#view.getUint8(this.#take(1));
  #u16 = (): number => this.#view.getUint16(this.#take(2), true);
  #i32 = (): number => this.#view.getInt32(this.#take(4), true);
  #u32 = (): number => this.#view.getUint32(this.#take(4), true);

  #u64(): number {
    const value = this.#view.getBigUint64(this.#take(8), true);
    if (value > BigInt(this.bytes.length))
      throw this.#objects.damaged(`declares a length of ${value} bytes, which it does not have`);
    return Number(value);
  }

  #raw(length: number): Uint8Array<ArrayBuffer> {
    const from = this.#take(length);
    return this.bytes.subarray(from, from + length);
  }

  #text(length: number): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#raw(length));
    } catch (cause) {
      throw cause instanceof PlaygroundError ? cause : this.#objects.damaged('holds a string that is not UTF-8');
    }
  }

  #latin1 = (length: number): string => new TextDecoder('latin1').decode(this.#raw(length));

  #byteString = (length: number): string | Uint8Array<ArrayBuffer> =>
    this.arrays && length > LONGEST_WORD ? this.#raw(length) : this.#latin1(length);

  #line(): string {
    const end = this.bytes.indexOf(0x0a, this.#position);
    if (end < 0) throw new PickleEndError('file.damaged', `${this.what} ends in the middle: the file is truncated`);
    const line = this.#latin1(end - this.#position);
    this.#position = end + 1;
    return line;
  }

  /** Two's complement, little-endian. */
  #integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) throw this.#objects.damaged(`holds an integer of ${length} bytes`);
    let value = 0n;
    this.#raw(length).forEach((byte, index) => (value |= BigInt(byte) << BigInt(8 * index)));
    return narrow(BigInt.asIntN(8 * length, value));
  }

  #decimal(text: string): PickleValue {
    if (text === '00') return false;
    if (text === '01') return true;
    if (!/^-?\d{1,150}L?$/.test(text)) throw this.#objects.damaged(`holds '${text.slice(0, 40)}' where an integer should be`);
    return narrow(BigInt(text.replace('L', '')));
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw this.#objects.damaged('takes from an empty stack: it is damaged');
    return value;
  }

  #top(): PickleValue {
    const value = this.#pop();
    this.#stack.push(value);
    return value;
  }

  #popToMark(): PickleValue[] {
    const index = this.#stack.lastIndexOf(MARK);
    if (index < 0) throw this.#objects.damaged('closes a group that was never opened: it is damaged');
    const items: PickleValue[] = [];
    for (const item of this.#stack.splice(index).slice(1)) if (item !== MARK) items.push(item);
    return items;
  }

  #remember(index: number): void {
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#objects.damaged(`recalls the value ${index}, which it never kept: it is damaged`);
    this.#push(value);
  }

  /** The list on top of the stack. What is appended to a value that is not kept is not kept either. */
  #list(): PickleValue[] {
    const top = this.#top();
    return top instanceof PickleOther ? [] : this.#objects.list(top);
  }

  #setItems(target: PickleValue, items: readonly PickleValue[]): void {
    if (target instanceof PickleOther) return;
    if (!(target instanceof PickleDict) || items.length % 2 !== 0)
      throw this.#objects.damaged('sets items of something that is not a dict: it is damaged');
    for (let i = 0; i < items.length; i += 2) target.entries.set(items[i] ?? null, items[i + 1] ?? null);
  }

  #named(module: string, name: string): void {
    this.#push(this.#objects.global(module, name));
  }

  #refuseInstance(module: string, name: string): never {
    throw this.#objects.refuse(new PickleGlobal(module, name));
  }

  #build(): void {
    const state = this.#pop();
    const target = this.#top();
    if (target instanceof PickleNamespace && state instanceof PickleDict) {
      for (const [key, value] of state.entries) target.entries.set(key, value);
    } else if (!this.#needsNoState(target, state) && !setArrayState(target, state)) {
      throw this.#objects.damaged('sets attributes of something that has none: it is damaged');
    }
  }

  /** The own attributes of a dict (a state dict's `_metadata`) and of values that are not kept are not needed. */
  #needsNoState(target: PickleValue, state: PickleValue): boolean {
    if (target instanceof PickleOther || (!this.arrays && target instanceof PickleArray)) return true;
    return target instanceof PickleDict && (state instanceof PickleDict || state instanceof PickleTuple || state === null);
  }

  /** What each instruction does, by its code. */
  static readonly #INSTRUCTIONS = new Map<number, (on: Unpickler) => void>([
    // PROTO
    [
      0x80,
      (on) => {
        if (on.#u8() > 5) throw on.#objects.damaged('has a protocol later than 5');
      },
    ],
    [0x95, (on) => void on.#take(8)], // FRAME
    [0x28, (on) => void on.#stack.push(MARK)], // MARK
    // POP
    [
      0x30,
      (on) => {
        if (on.#stack.pop() === undefined) throw on.#objects.damaged('takes from an empty stack: it is damaged');
      },
    ],
    [0x31, (on) => void on.#popToMark()], // POP_MARK
    [0x32, (on) => on.#push(on.#top())], // DUP
    [0x4e, (on) => on.#push(null)], // NONE
    [0x88, (on) => on.#push(true)], // NEWTRUE
    [0x89, (on) => on.#push(false)], // NEWFALSE
    [0x49, (on) => on.#push(on.#decimal(on.#line()))], // INT
    [0x4c, (on) => on.#push(on.#decimal(on.#line()))], // LONG
    [0x4a, (on) => on.#push(on.#i32())], // BININT
    [0x4b, (on) => on.#push(on.#u8())], // BININT1
    [0x4d, (on) => on.#push(on.#u16())], // BININT2
    [0x8a, (on) => on.#push(on.#integer(on.#u8()))], // LONG1
    [0x8b, (on) => on.#push(on.#integer(on.#u32()))], // LONG4
    [0x46, (on) => on.#push(Number(on.#line()))], // FLOAT
    [0x47, (on) => on.#push(on.#view.getFloat64(on.#take(8)))], // BINFLOAT, big-endian
    [0x58, (on) => on.#push(on.#text(on.#u32()))], // BINUNICODE
    [0x8c, (on) => on.#push(on.#text(on.#u8()))], // SHORT_BINUNICODE
    [0x8d, (on) => on.#push(on.#text(on.#u64()))], // BINUNICODE8
    [0x54, (on) => on.#push(on.#byteString(on.#u32()))], // BINSTRING
    [0x55, (on) => on.#push(on.#latin1(on.#u8()))], // SHORT_BINSTRING
    [0x42, (on) => on.#push(on.#raw(on.#u32()))], // BINBYTES
    [0x43, (on) => on.#push(on.#raw(on.#u8()))], // SHORT_BINBYTES
    [0x8e, (on) => on.#push(on.#raw(on.#u64()))], // BINBYTES8
    [0x96, (on) => on.#push(on.#raw(on.#u64()))], // BYTEARRAY8
    [0x5d, (on) => on.#push([])], // EMPTY_LIST
    [0x6c, (on) => on.#push(on.#popToMark())], // LIST
    // APPEND
    [
      0x61,
      (on) => {
        const value = on.#pop();
        on.#list().push(value);
      },
    ],
    // APPENDS
    [
      0x65,
      (on) => {
        const items = on.#popToMark();
        const list = on.#list();
        for (const item of items) list.push(item);
      },
    ],
    [0x8f, (on) => on.#push([])], // EMPTY_SET
    // ADDITEMS
    [
      0x90,
      (on) => {
        const items = on.#popToMark();
        const set = on.#list();
        for (const item of items) set.push(item);
      },
    ],
    [0x91, (on) => on.#push(new PickleTuple(on.#popToMark()))], // FROZENSET
    [0x29, (on) => on.#push(new PickleTuple([]))], // EMPTY_TUPLE
    [0x85, (on) => on.#tuple(1)], // TUPLE1
    [0x86, (on) => on.#tuple(2)], // TUPLE2
    [0x87, (on) => on.#tuple(3)], // TUPLE3
    [0x74, (on) => on.#push(new PickleTuple(on.#popToMark()))], // TUPLE
    [0x7d, (on) => on.#push(new PickleDict())], // EMPTY_DICT
    // DICT
    [
      0x64,
      (on) => {
        const items = on.#popToMark();
        const dict = new PickleDict();
        on.#setItems(dict, items);
        on.#push(dict);
      },
    ],
    // SETITEM
    [
      0x73,
      (on) => {
        const value = on.#pop();
        const key = on.#pop();
        on.#setItems(on.#top(), [key, value]);
      },
    ],
    // SETITEMS
    [
      0x75,
      (on) => {
        const items = on.#popToMark();
        on.#setItems(on.#top(), items);
      },
    ],
    [0x67, (on) => on.#recall(Number(on.#line()))], // GET
    [0x68, (on) => on.#recall(on.#u8())], // BINGET
    [0x6a, (on) => on.#recall(on.#u32())], // LONG_BINGET
    [0x70, (on) => on.#remember(Number(on.#line()))], // PUT
    [0x71, (on) => on.#remember(on.#u8())], // BINPUT
    [0x72, (on) => on.#remember(on.#u32())], // LONG_BINPUT
    [0x94, (on) => on.#remember(on.#memo.size)], // MEMOIZE
    [0x63, (on) => on.#named(on.#line(), on.#line())], // GLOBAL
    // STACK_GLOBAL
    [
      0x93,
      (on) => {
        const name = on.#pop();
        const module = on.#pop();
        if (typeof name !== 'string' || typeof module !== 'string')
          throw on.#objects.damaged('names a class by something that is not a string: it is damaged');
        on.#named(module, name);
      },
    ],
    [0x69, (on) => on.#refuseInstance(on.#line(), on.#line())], // INST: a class named in place, then called
    // REDUCE
    [
      0x52,
      (on) => {
        const args = on.#pop();
        on.#push(on.#objects.call(on.#pop(), args));
      },
    ],
    // NEWOBJ
    [
      0x81,
      (on) => {
        const args = on.#pop();
        on.#push(on.#objects.call(on.#pop(), args));
      },
    ],
    [0x62, (on) => on.#build()], // BUILD
    [0x51, (on) => on.#push(on.#objects.persistent(on.#pop()))], // BINPERSID
  ]);

  #step(opcode: number): void {
    const instruction = Unpickler.#INSTRUCTIONS.get(opcode);
    if (instruction) return instruction(this);
    throw new PlaygroundError(
      'file.unsupported',
      `${this.what} uses the instruction 0x${opcode.toString(16).padStart(2, '0')} at byte ${this.#position - 1}, which no checkpoint of tensors needs: it is refused`,
    );
  }

  #tuple(length: number): void {
    const items: PickleValue[] = [];
    for (let i = 0; i < length; i++) items.unshift(this.#pop());
    this.#push(new PickleTuple(items));
  }
}

function narrow(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}
