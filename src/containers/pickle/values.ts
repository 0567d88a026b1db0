/** What a pickle of a checkpoint can hold. */
import type { ElementType } from '../numbers.js';

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}
export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>();
}
export class PickleNamespace {
  readonly entries = new Map<PickleValue, PickleValue>();
}
export class PickleGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}
}
/** A value that describes how training ran (a device, a type, a shape). Nothing is made from it. */
export class PickleOther {
  constructor(readonly what: string) {}
}
/** A run of elements that lies elsewhere in the file, under `key`. */
export class PickleStorage {
  constructor(
    readonly type: ElementType,
    readonly key: string,
    readonly elements: number,
  ) {}
}
/** A strided view of a storage; `offset` and `strides` count elements. */
export class PickleTensor {
  constructor(
    readonly storage: PickleStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** The type of an array's elements: numpy's name for it (`u1`), and the byte order. */
export class PickleDtype {
  littleEndian = true;
  constructor(readonly name: string) {}
}

/** An array. `data` holds its elements as they lie in memory, or null until the pickle has given them. */
export class PickleArray {
  shape: readonly number[] = [];
  type = '';
  littleEndian = true;
  fortranOrder = false;
  data: Uint8Array<ArrayBuffer> | null = null;
}

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array<ArrayBuffer>
  | PickleValue[]
  | PickleTuple
  | PickleDict
  | PickleNamespace
  | PickleOther
  | PickleGlobal
  | PickleStorage
  | PickleTensor
  | PickleArray
  | PickleDtype;

/** torch's storage classes and the type of their elements. */
export const STORAGE_TYPES: Readonly<Record<string, ElementType>> = {
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  DoubleStorage: 'F64',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};
