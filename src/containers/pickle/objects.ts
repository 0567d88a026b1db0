/** The objects that a pickle may build: tensors, storages, dicts, arrays. Any other name is refused. */
import { PlaygroundError } from '../../vit/errors.js';
import { callForArray, isArrayGlobal } from './arrays.js';
import { callInert, isInert } from './inert.js';
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
/** torch's functions that give back a tensor that was made before. */
const REBUILD_PARAMETER = ['_rebuild_parameter', '_rebuild_parameter_with_state'];
/** The same for a subclass of tensors: it calls the function that is its first argument. */
const REBUILD_SUBCLASS = '_rebuild_from_type_v2';

/** torch's functions that make tensors of other kinds, each with the kind and what to do. */
const OTHER_TENSORS: readonly (readonly [RegExp, string])[] = [
  [/^_rebuild_qtensor$|^Q(U?Int|.*Storage)/, 'quantised tensors; save the model as it was before it was quantised'],
  [/^_rebuild_sparse/, 'sparse tensors; save them with to_dense()'],
  [/^_rebuild_nested_tensor$/, 'nested tensors; save the state_dict() with plain ones'],
  [/^_rebuild_meta_tensor/, 'tensors without elements (of the device meta); save the model with its weights loaded'],
  [/^Complex\w*Storage$/, 'complex numbers; save the state_dict() with real ones'],
];

/** What a person can do with a checkpoint that holds more than this reader takes. */
const ADVICE = 'where it can be loaded, save its state_dict() alone, with torch.save or as safetensors';

/** Values of torch that describe how training ran and hold no elements. */
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
      return REBUILD_TENSOR.includes(name) || REBUILD_PARAMETER.includes(name);
    case 'torch._tensor':
      return name === REBUILD_SUBCLASS;
    case 'collections':
      return name === 'OrderedDict' || name === 'Counter';
    case 'argparse':
      return name === 'Namespace';
    default:
      return false;
  }
}

/** Makes the objects of one pickle. `what` opens every error's sentence. */
export class PickleObjects {
  /** Every storage that the pickle refers to, also those of values that are not kept. */
  readonly storages: PickleStorage[] = [];

  constructor(
    readonly what: string,
    /** Whether numpy's arrays are what the pickle is read for, so that each must be well described. */
    readonly arrays: boolean,
  ) {}

  damaged(why: string): PlaygroundError {
    return new PlaygroundError('file.damaged', `${this.what} ${why}`);
  }

  refuse(global: PickleGlobal): PlaygroundError {
    // Python pickles os.system under the platform's own module.
    const name = `${/^(posix|nt)$/.test(global.module) ? 'os' : global.module}.${global.name}`;
    const other = OTHER_TENSORS.find(([kind]) => kind.test(global.name))?.[1];
    if (other !== undefined && /^torch(\.|$)/.test(global.module))
      return new PlaygroundError('file.unsupported', `${this.what} holds ${other}`, { subject: name });
    const isModule = /^(torch\.nn|timm\.|transformers\.|torchvision\.|__main__$|models?[._])/.test(global.module);
    const instead = isModule ? 'it looks like a whole module: save its state_dict() instead' : ADVICE;
    return new PlaygroundError(
      'file.unsupported',
      `${this.what} names '${name}', and only tensors, numbers, strings, lists, dicts and argparse.Namespace are read: it is refused, and nothing in it was run; ${instead}`,
      { subject: name },
    );
  }

  list(value: PickleValue): PickleValue[] {
    if (!Array.isArray(value)) throw this.damaged('appends to something that is not a list: it is damaged');
    return value;
  }

  /** What a pickle may name. Throws `file.unsupported` for anything else. */
  global(module: string, name: string): PickleGlobal {
    const global = new PickleGlobal(module, name);
    if (!isAllowed(global) && !isArrayGlobal(global) && !isInert(global)) throw this.refuse(global);
    return global;
  }

  call(callable: PickleValue, args: PickleValue): PickleValue {
    if (!(callable instanceof PickleGlobal) || !(args instanceof PickleTuple))
      throw this.damaged('calls something that is not a function: it is damaged');
    const { items } = args;
    if (REBUILD_TENSOR.includes(callable.name)) return this.#tensor(items);
    if (REBUILD_PARAMETER.includes(callable.name)) return items[0] instanceof PickleTensor ? items[0] : this.#badTensor();
    if (callable.name === REBUILD_SUBCLASS) return this.call(items[0] ?? null, items[2] ?? null);
    if (callable.name === 'Namespace' && items.length === 0) return new PickleNamespace();
    if (callable.name === 'Counter') return items[0] instanceof PickleDict ? items[0] : new PickleDict();
    if (callable.name === 'Size' || callable.name === 'set' || callable.name === 'frozenset') return sequenceOf(items[0]);
    if (callable.name === 'device') return new PickleOther('device');
    if (callable.name === 'OrderedDict') {
      const dict = new PickleDict();
      for (const pair of items.length === 0 ? [] : this.list(items[0] ?? null)) {
        const [key, value] = pair instanceof PickleTuple ? pair.items : this.list(pair);
        if (key === undefined || value === undefined)
          throw this.damaged('builds a dict from an odd number of keys and values: it is damaged');
        dict.entries.set(key, value);
      }
      return dict;
    }
    if (isArrayGlobal(callable))
      return callForArray(callable, items) ?? (this.arrays ? this.#badArray() : new PickleOther('array'));
    const inert = callInert(callable, items);
    if (inert === undefined) throw this.refuse(callable);
    return inert;
  }

  #badArray(): never {
    throw this.damaged('describes an array by something else than its shape, type and elements');
  }

  #badTensor(): never {
    throw this.damaged('describes a tensor by something else than a storage, an offset, a shape and strides');
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
  persistent(id: PickleValue): PickleStorage {
    const [tag, storage, key, , elements] = id instanceof PickleTuple ? id.items : [];
    if (
      tag !== 'storage' ||
      !(storage instanceof PickleGlobal) ||
      typeof key !== 'string' ||
      elements === undefined ||
      !isCount(elements)
    ) {
      throw this.damaged('refers to an external object that is not a tensor storage');
    }
    const type = STORAGE_TYPES[storage.name];
    if (!type) throw this.refuse(storage);
    const made = new PickleStorage(type, key, elements);
    this.storages.push(made);
    return made;
  }
}

/** A shape or a set as the tuple of what is in it. */
function sequenceOf(value: PickleValue | undefined): PickleTuple {
  return value instanceof PickleTuple ? value : new PickleTuple(Array.isArray(value) ? value : []);
}

function isCount(value: PickleValue): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
