/** numpy arrays in a pickle, as far as data sets hold them: the names that build one, and the state that fills it. */
import { PickleArray, type PickleDict, PickleDtype, type PickleGlobal, PickleTuple, type PickleValue } from './values.js';

/** The names that an array needs. `_codecs.encode` is how Python 3 writes bytes for Python 2. */
export function isArrayGlobal({ module, name }: PickleGlobal): boolean {
  switch (module) {
    case 'numpy':
      return name === 'ndarray' || name === 'dtype';
    case 'numpy.core.multiarray':
    case 'numpy._core.multiarray':
      return name === '_reconstruct';
    case 'numpy.core.numeric':
    case 'numpy._core.numeric':
      return name === '_frombuffer';
    case '_codecs':
      return name === 'encode';
    default:
      return false;
  }
}

const bytesOf = (value: PickleValue | undefined): Uint8Array<ArrayBuffer> | null =>
  value instanceof Uint8Array
    ? value
    : typeof value === 'string'
      ? Uint8Array.from(value, (letter) => letter.charCodeAt(0))
      : null;

const lengthsOf = (value: PickleValue | undefined): number[] | null => {
  const items = value instanceof PickleTuple ? value.items : [];
  const lengths = items.filter((item): item is number => typeof item === 'number' && Number.isSafeInteger(item) && item >= 0);
  return value instanceof PickleTuple && lengths.length === items.length ? lengths : null;
};

/** The result of calling one of the names of {@link isArrayGlobal}; null where the arguments are not what numpy writes. */
export function callForArray({ name }: PickleGlobal, args: readonly PickleValue[]): PickleValue {
  const [first, second, third] = args;
  switch (name) {
    case '_reconstruct':
      return new PickleArray();
    case 'dtype':
      return typeof first === 'string' ? new PickleDtype(first.replace(/^[<>|=]/, '')) : null;
    case '_frombuffer': {
      const array = new PickleArray();
      const shape = lengthsOf(third);
      if (!(second instanceof PickleDtype) || shape === null) return null;
      return Object.assign(array, {
        data: bytesOf(first),
        type: second.name,
        shape,
        littleEndian: second.littleEndian,
        fortranOrder: args[3] === 'F',
      });
    }
    default:
      return second === 'latin1' || second === 'latin-1' ? bytesOf(first) : null;
  }
}

/** Applies the state that numpy writes to an array or its type; false where `target` is neither. */
export function setArrayState(target: PickleValue, state: PickleValue): boolean {
  const items = state instanceof PickleTuple ? state.items : [];
  if (target instanceof PickleDtype) {
    target.littleEndian = items[1] !== '>';
    return state instanceof PickleTuple;
  }
  if (!(target instanceof PickleArray)) return false;
  const [, axes, type, fortran, elements] = items;
  const shape = lengthsOf(axes);
  const data = bytesOf(elements);
  if (shape === null || !(type instanceof PickleDtype) || data === null) return false;
  Object.assign(target, { shape, type: type.name, littleEndian: type.littleEndian, fortranOrder: fortran === true, data });
  return true;
}

/** The dict's value under a key, which Python 3 writes as text and Python 2 as bytes. */
export function entryOf(dict: PickleDict, key: string): PickleValue | undefined {
  for (const [name, value] of dict.entries) {
    const text = name instanceof Uint8Array ? new TextDecoder('latin1').decode(name) : name;
    if (text === key) return value;
  }
  return undefined;
}
