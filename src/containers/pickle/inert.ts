/**
 * Values that training scripts keep beside a model: paths, dates, numbers of numpy, the objects of configuration libraries and optimisers.
 * They are known by name and nothing is made from them: no code of these libraries exists here, and nothing in the file runs.
 */
import { numberOf } from './scalars.js';
import {
  PickleDict,
  PickleDtype,
  type PickleGlobal,
  PickleNamespace,
  PickleOther,
  PickleTuple,
  type PickleValue,
} from './values.js';

/** What stands for an object: a dict or list that the pickle fills afterwards, a namespace, or something whose content is not kept. */
type Kind = 'dict' | 'list' | 'namespace' | 'other';

const everything = /./;

/** By module, the names in it. The first that fits counts. */
const KNOWN: readonly (readonly [module: RegExp, names: RegExp, kind: Kind])[] = [
  [/^collections$/, /^defaultdict$/, 'dict'],
  [/^collections$/, /^deque$/, 'list'],
  [/^types$/, /^SimpleNamespace$/, 'namespace'],
  [
    /^(builtins|__builtin__)$/,
    /^(complex|bytearray|range|xrange|slice|list|dict|tuple|int|float|str|bool|bytes|object)$/,
    'other',
  ],
  [/^pathlib(\._local)?$/, /^(Pure)?(Posix|Windows)?Path$/, 'other'],
  [/^datetime$/, /^(datetime|date|time|timedelta|timezone)$/, 'other'],
  [/^(decimal|fractions|uuid)$/, /^(Decimal|Fraction|UUID)$/, 'other'],
  [/^typing$/, /^(Any|Dict|List|Tuple|Union|Optional)$/, 'other'],
  [/^numpy\.(core|_core)\.multiarray$/, /^scalar$/, 'other'],
  [/^numpy$/, /^(bool_?|u?int(8|16|32|64)|float(16|32|64)|str_)$/, 'other'],
  [/^numpy\.dtypes$/, /^\w+DType$/, 'other'],
  [/^numpy\.random\./, everything, 'other'],
  [/^torch$/, /^(Generator|strided|contiguous_format|preserve_format|channels_last)$/, 'other'],
  [/^torch\.torch_version$/, /^TorchVersion$/, 'other'],
  [/^torch\._tensor$|^torch$/, /^Tensor$/, 'other'],
  [/^torch\.nn\.parameter$/, /^(Parameter|Buffer)$/, 'other'],
  [/^torch\.(optim|cuda\.amp|amp)\./, everything, 'other'],
  [/^timm\.(scheduler|optim)\./, everything, 'other'],
  [/(^|\.)(yacs|fvcore|detectron2|ml_collections|easydict|addict|munch)(\.|$)/, /(Node|ConfigDict|EasyDict|Dict|Munch)$/, 'dict'],
  [/^mm(cv|engine)(\.|$)/, /Dict$/, 'dict'],
  [/^mm(cv|engine)(\.|$)/, everything, 'other'],
  [/^(pytorch_lightning|lightning|lightning_fabric)(\.|$)/, /^AttributeDict$/, 'dict'],
  [/^(omegaconf|pytorch_lightning|lightning|lightning_fabric|accelerate)(\.|$)/, everything, 'other'],
];

const kindOf = ({ module, name }: PickleGlobal): Kind | undefined =>
  KNOWN.find(([modules, names]) => modules.test(module) && names.test(name))?.[2];

/** Whether the name is one of a value that is known and not needed. */
export const isInert = (global: PickleGlobal): boolean => kindOf(global) !== undefined;

/** What stands for the object that a call of this name would make; undefined where the name is none of {@link isInert}. */
export function callInert(callable: PickleGlobal, args: readonly PickleValue[]): PickleValue | undefined {
  switch (kindOf(callable)) {
    case 'dict':
      return args.find((argument) => argument instanceof PickleDict) ?? new PickleDict();
    case 'list':
      return args[0] instanceof PickleTuple ? [...args[0].items] : Array.isArray(args[0]) ? args[0] : [];
    case 'namespace':
      return new PickleNamespace();
    case 'other':
      return callable.name === 'scalar' ? scalarOf(args) : new PickleOther(callable.name);
    default:
      return undefined;
  }
}

/** numpy's `scalar(type, bytes)` as a number. */
function scalarOf([type, bytes]: readonly PickleValue[]): PickleValue {
  const number =
    type instanceof PickleDtype && bytes instanceof Uint8Array ? numberOf(type.name, bytes, type.littleEndian) : undefined;
  return number ?? new PickleOther('scalar');
}
