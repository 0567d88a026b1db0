/**
 * Python pickles, read by an allow-list: what a checkpoint of tensors needs (numbers, strings, lists, dicts, tuples,
 * `OrderedDict`, `argparse.Namespace`, torch's storages and tensor rebuilding) and nothing else. Nothing in the file runs; a
 * global outside the list is refused by its name the moment the file names it. Opcodes as in Python's `pickletools`.
 */
import { PlaygroundError } from '../../vit/errors.js';
import { callForArray, isArrayGlobal, setArrayState } from './arrays.js';
import {
  PickleDict,
  PickleGlobal,
  PickleNamespace,
  PickleOther,
  PickleStorage,
  PickleTensor,
  PickleTuple,
  STORAGE_TYPES,
  type PickleValue,
} from './values.js';

const REBUILD_TENSOR = ['_rebuild_tensor_v2', '_rebuild_tensor'];

/** Torch's values that say something of the training and hold no elements. */
const INERT = ['device', 'Size'];
const DTYPES = [
  ...['float16', 'bfloat16', 'float32', 'float64', 'half', 'float', 'double', 'complex64', 'complex128', 'bool'],
  ...['int8', 'int16', 'int32', 'int64', 'uint8', 'short', 'int', 'long', 'float8_e4m3fn', 'float8_e5m2'],
];

function isAllowed({ module, name }: PickleGlobal): boolean {
  switch (module) {
    case 'torch':
    case 'torch.cuda':
      return Object.hasOwn(STORAGE_TYPES, name) || (module === 'torch' && (INERT.includes(name) || DTYPES.includes(name)));
    case '__builtin__':
    case 'builtins':
      return name === 'set' || name === 'frozenset';
    case 'torch._utils':
      return REBUILD_TENSOR.includes(name) || name === '_rebuild_parameter';
    case 'collections':
      return name === 'OrderedDict' || name === 'Counter';
    case 'argparse':
      return name === 'Namespace';
    default:
      return false;
  }
}

const MARK = Symbol('mark');
type StackItem = PickleValue | typeof MARK;

/** Integers longer than this are no number of a checkpoint. */
const MAX_INTEGER_BYTES = 64;

/** Each may make an object: so many are what a model of tens of thousands of tensors needs, and no more than memory bears. */
const MAX_INSTRUCTIONS = 2_000_000;

/** A byte string this long, which Python 2 did not tell from text, is an array's elements. */
const LONGEST_WORD = 2 ** 16;

/**
 * Reads one pickle from `bytes` at `start`. Returns its value and where it ended. Throws `file.unsupported` for a name or an
 * instruction outside the list, `file.damaged` for everything that is malformed; `what` opens the sentence.
 *
 * @param arrays whether numpy's arrays are on the list too, as in data sets.
 */
export function readPickle(
  bytes: Uint8Array<ArrayBuffer>,
  what: string,
  start = 0,
  arrays = false,
): { value: PickleValue; end: number } {
  return new Unpickler(bytes, what, start, arrays).run();
}

/** Thrown where the bytes end too early, so that a caller with more bytes can try again. */
export class PickleEndError extends PlaygroundError {}

class Unpickler {
  readonly #view: DataView;
  readonly #stack: StackItem[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #position: number;

  constructor(
    readonly bytes: Uint8Array<ArrayBuffer>,
    readonly what: string,
    start: number,
    readonly arrays: boolean,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
  }

  run(): { value: PickleValue; end: number } {
    for (let count = 0; count < MAX_INSTRUCTIONS; count++) {
      const opcode = this.#u8();
      if (opcode === 0x2e) return { value: this.#pop(), end: this.#position };
      this.#step(opcode);
    }
    throw this.#damaged(`has more than ${MAX_INSTRUCTIONS} instructions, which no checkpoint of a model needs`);
  }

  #damaged(why: string): PlaygroundError {
    return new PlaygroundError('file.damaged', `${this.what} ${why}`);
  }

  #refuse(global: PickleGlobal): PlaygroundError {
    // Python pickles os.system under the platform's own module.
    const name = `${/^(posix|nt)$/.test(global.module) ? 'os' : global.module}.${global.name}`;
    const isModule = /^(torch\.nn|timm\.|transformers\.|torchvision\.|__main__$|models?[._])/.test(global.module);
    const instead = isModule ? '; it looks like a whole module: save its state_dict() instead' : '';
    return new PlaygroundError(
      'file.unsupported',
      `${this.what} names '${name}', and only tensors, numbers, strings, lists, dicts and argparse.Namespace are read: it is refused, and nothing in it was run${instead}`,
      { subject: name },
    );
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
    if (value > BigInt(this.bytes.length)) throw this.#damaged(`declares a length of ${value} bytes, which it does not have`);
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
      throw cause instanceof PlaygroundError ? cause : this.#damaged('holds a string that is not UTF-8');
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
    if (length > MAX_INTEGER_BYTES) throw this.#damaged(`holds an integer of ${length} bytes`);
    let value = 0n;
    this.#raw(length).forEach((byte, index) => (value |= BigInt(byte) << BigInt(8 * index)));
    return narrow(BigInt.asIntN(8 * length, value));
  }

  #decimal(text: string): PickleValue {
    if (text === '00') return false;
    if (text === '01') return true;
    if (!/^-?\d{1,150}L?$/.test(text)) throw this.#damaged(`holds '${text.slice(0, 40)}' where an integer should be`);
    return narrow(BigInt(text.replace('L', '')));
  }

  #push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === MARK) throw this.#damaged('takes from an empty stack: it is damaged');
    return value;
  }

  #top(): PickleValue {
    const value = this.#pop();
    this.#stack.push(value);
    return value;
  }

  #popToMark(): PickleValue[] {
    const index = this.#stack.lastIndexOf(MARK);
    if (index < 0) throw this.#damaged('closes a group that was never opened: it is damaged');
    const items: PickleValue[] = [];
    for (const item of this.#stack.splice(index).slice(1)) if (item !== MARK) items.push(item);
    return items;
  }

  #remember(index: number): void {
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#damaged(`recalls the value ${index}, which it never kept: it is damaged`);
    this.#push(value);
  }

  #list(value: PickleValue): PickleValue[] {
    if (!Array.isArray(value)) throw this.#damaged('appends to what is no list: it is damaged');
    return value;
  }

  #setItems(target: PickleValue, items: readonly PickleValue[]): void {
    if (!(target instanceof PickleDict) || items.length % 2 !== 0)
      throw this.#damaged('sets items of what is no dict: it is damaged');
    for (let i = 0; i < items.length; i += 2) target.entries.set(items[i] ?? null, items[i + 1] ?? null);
  }

  #global(module: string, name: string): void {
    const global = new PickleGlobal(module, name);
    if (!isAllowed(global) && !(this.arrays && isArrayGlobal(global))) throw this.#refuse(global);
    this.#push(global);
  }

  #call(callable: PickleValue, args: PickleValue): PickleValue {
    if (!(callable instanceof PickleGlobal) || !(args instanceof PickleTuple))
      throw this.#damaged('calls what cannot be called: it is damaged');
    const { items } = args;
    if (REBUILD_TENSOR.includes(callable.name)) return this.#tensor(items);
    if (callable.name === '_rebuild_parameter') return items[0] instanceof PickleTensor ? items[0] : this.#badTensor();
    if (callable.name === 'Namespace' && items.length === 0) return new PickleNamespace();
    if (callable.name === 'Counter') return items[0] instanceof PickleDict ? items[0] : new PickleDict();
    if (callable.name === 'Size' || callable.name === 'set' || callable.name === 'frozenset') return sequenceOf(items[0]);
    if (callable.name === 'device') return new PickleOther('device');
    if (callable.name === 'OrderedDict') {
      const dict = new PickleDict();
      for (const pair of items.length === 0 ? [] : this.#list(items[0] ?? null)) {
        const [key, value] = pair instanceof PickleTuple ? pair.items : this.#list(pair);
        if (key === undefined || value === undefined) throw this.#damaged('builds a dict from what are no pairs: it is damaged');
        dict.entries.set(key, value);
      }
      return dict;
    }
    if (!isArrayGlobal(callable)) throw this.#refuse(callable);
    return callForArray(callable, items) ?? this.#badArray();
  }

  #badArray(): never {
    throw this.#damaged('describes an array by something else than its shape, type and elements');
  }

  #badTensor(): never {
    throw this.#damaged('describes a tensor by something else than a storage, an offset, a shape and strides');
  }

  #tensor([storage, offset, shape, strides]: readonly PickleValue[]): PickleTensor {
    const lengths = (value: PickleValue | undefined): number[] => {
      if (!(value instanceof PickleTuple)) return this.#badTensor();
      return value.items.map((item) => (isCount(item) ? item : this.#badTensor()));
    };
    if (!(storage instanceof PickleStorage) || offset === undefined || !isCount(offset)) return this.#badTensor();
    const tensor = new PickleTensor(storage, offset, lengths(shape), lengths(strides));
    return tensor.shape.length === tensor.strides.length ? tensor : this.#badTensor();
  }

  /** torch's persistent id: ('storage', storage class, key, device, elements). */
  #persistent(id: PickleValue): PickleStorage {
    const [tag, storage, key, , elements] = id instanceof PickleTuple ? id.items : [];
    if (
      tag !== 'storage' ||
      !(storage instanceof PickleGlobal) ||
      typeof key !== 'string' ||
      elements === undefined ||
      !isCount(elements)
    ) {
      throw this.#damaged('points at something outside itself that is no tensor storage');
    }
    const type = STORAGE_TYPES[storage.name];
    if (!type) throw this.#refuse(storage);
    return new PickleStorage(type, key, elements);
  }

  #build(): void {
    const state = this.#pop();
    const target = this.#top();
    if (target instanceof PickleNamespace && state instanceof PickleDict) {
      for (const [key, value] of state.entries) target.entries.set(key, value);
    } else if (!(target instanceof PickleDict && state instanceof PickleDict) && !setArrayState(target, state)) {
      // An OrderedDict's own attributes (a state dict's `_metadata`) carry nothing that is needed.
      throw this.#damaged('gives attributes to what has none: it is damaged');
    }
  }

  #step(opcode: number): void {
    switch (opcode) {
      case 0x80: // PROTO
        if (this.#u8() > 5) throw this.#damaged('has a protocol later than 5');
        return;
      case 0x95: // FRAME
        this.#take(8);
        return;
      case 0x28: // MARK
        this.#stack.push(MARK);
        return;
      case 0x30: // POP
        if (this.#stack.pop() === undefined) throw this.#damaged('takes from an empty stack: it is damaged');
        return;
      case 0x31: // POP_MARK
        this.#popToMark();
        return;
      case 0x32: // DUP
        return this.#push(this.#top());
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x49: // INT
      case 0x4c: // LONG
        return this.#push(this.#decimal(this.#line()));
      case 0x4a: // BININT
        return this.#push(this.#i32());
      case 0x4b: // BININT1
        return this.#push(this.#u8());
      case 0x4d: // BININT2
        return this.#push(this.#u16());
      case 0x8a: // LONG1
        return this.#push(this.#integer(this.#u8()));
      case 0x8b: // LONG4
        return this.#push(this.#integer(this.#u32()));
      case 0x46: // FLOAT
        return this.#push(Number(this.#line()));
      case 0x47: // BINFLOAT, big-endian
        return this.#push(this.#view.getFloat64(this.#take(8)));
      case 0x58: // BINUNICODE
        return this.#push(this.#text(this.#u32()));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#text(this.#u8()));
      case 0x8d: // BINUNICODE8
        return this.#push(this.#text(this.#u64()));
      case 0x54: // BINSTRING
        return this.#push(this.#byteString(this.#u32()));
      case 0x55: // SHORT_BINSTRING
        return this.#push(this.#latin1(this.#u8()));
      case 0x42: // BINBYTES
        return this.#push(this.#raw(this.#u32()));
      case 0x43: // SHORT_BINBYTES
        return this.#push(this.#raw(this.#u8()));
      case 0x8e: // BINBYTES8
        return this.#push(this.#raw(this.#u64()));
      case 0x5d: // EMPTY_LIST
        return this.#push([]);
      case 0x6c: // LIST
        return this.#push(this.#popToMark());
      case 0x61: {
        // APPEND
        const value = this.#pop();
        this.#list(this.#top()).push(value);
        return;
      }
      case 0x65: {
        // APPENDS
        const items = this.#popToMark();
        const list = this.#list(this.#top());
        for (const item of items) list.push(item);
        return;
      }
      case 0x8f: // EMPTY_SET
        return this.#push([]);
      case 0x90: {
        // ADDITEMS
        const items = this.#popToMark();
        const set = this.#list(this.#top());
        for (const item of items) set.push(item);
        return;
      }
      case 0x91: // FROZENSET
        return this.#push(new PickleTuple(this.#popToMark()));
      case 0x29: // EMPTY_TUPLE
        return this.#push(new PickleTuple([]));
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: {
        // TUPLE3
        const items: PickleValue[] = [];
        for (let i = 0x84; i < opcode; i++) items.unshift(this.#pop());
        return this.#push(new PickleTuple(items));
      }
      case 0x74: // TUPLE
        return this.#push(new PickleTuple(this.#popToMark()));
      case 0x7d: // EMPTY_DICT
        return this.#push(new PickleDict());
      case 0x64: {
        // DICT
        const items = this.#popToMark();
        const dict = new PickleDict();
        this.#setItems(dict, items);
        return this.#push(dict);
      }
      case 0x73: {
        // SETITEM
        const value = this.#pop();
        const key = this.#pop();
        return this.#setItems(this.#top(), [key, value]);
      }
      case 0x75: {
        // SETITEMS
        const items = this.#popToMark();
        return this.#setItems(this.#top(), items);
      }
      case 0x67: // GET
        return this.#recall(Number(this.#line()));
      case 0x68: // BINGET
        return this.#recall(this.#u8());
      case 0x6a: // LONG_BINGET
        return this.#recall(this.#u32());
      case 0x70: // PUT
        return this.#remember(Number(this.#line()));
      case 0x71: // BINPUT
        return this.#remember(this.#u8());
      case 0x72: // LONG_BINPUT
        return this.#remember(this.#u32());
      case 0x94: // MEMOIZE
        return this.#remember(this.#memo.size);
      case 0x63: // GLOBAL
        return this.#global(this.#line(), this.#line());
      case 0x93: {
        // STACK_GLOBAL
        const name = this.#pop();
        const module = this.#pop();
        if (typeof name !== 'string' || typeof module !== 'string')
          throw this.#damaged('names a class by what is no string: it is damaged');
        return this.#global(module, name);
      }
      case 0x69: {
        // INST: a class named in place, then called
        return this.#push(this.#refuseInstance(this.#line(), this.#line()));
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const args = this.#pop();
        return this.#push(this.#call(this.#pop(), args));
      }
      case 0x62: // BUILD
        return this.#build();
      case 0x51: // BINPERSID
        return this.#push(this.#persistent(this.#pop()));
      default:
        throw new PlaygroundError(
          'file.unsupported',
          `${this.what} uses the instruction 0x${opcode.toString(16).padStart(2, '0')} at byte ${this.#position - 1}, which no checkpoint of tensors needs: it is refused`,
        );
    }
  }

  #refuseInstance(module: string, name: string): never {
    throw this.#refuse(new PickleGlobal(module, name));
  }
}

/** A shape or a set as the tuple of what is in it. */
function sequenceOf(value: PickleValue | undefined): PickleTuple {
  return value instanceof PickleTuple ? value : new PickleTuple(Array.isArray(value) ? value : []);
}

function narrow(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function isCount(value: PickleValue): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
