/**
 * PyTorch checkpoints (`torch.save`): since 1.6 a zip of `NAME/data.pkl` and `NAME/data/KEY` for each storage; before that several pickles
 * one after another, then for each storage its length (u64) and elements. Only the tensors of the state dict are offered; optimiser state
 * and the like are ignored.
 */
import type { ByteSource } from '../../../containers/bytes.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { elementCount, shapeText, TYPE_BYTES, toFloat32 } from '../../../containers/numbers.js';
import { PickleDict, PickleNamespace, PickleTensor, PickleTuple } from '../../../containers/pickle/values.js';
import type { PickleStorage, PickleValue } from '../../../containers/pickle/values.js';
import { PickleEndError, readPickle } from '../../../containers/pickle/pickle.js';
import { gather, isContiguous, spannedElements } from '../../../containers/strided.js';
import type { RowRange } from '../../../containers/strided.js';
import { requireTensor, rowsOf } from '../../../containers/tensor-store.js';
import type { StoredTensor, TensorStore } from '../../../containers/tensor-store.js';
import type { Archive } from '../../../containers/zip-archive.js';
import { stateDict } from './state-dict.js';

/** A pickle without its tensors' elements is small; an optimiser's state adds little to it. */
const MAX_PICKLE = 100_000_000;
/** A tensor that repeats its elements (stride 0) may be larger than its storage, but not without bound. */
const MAX_REPEATED = 2 ** 24;

/** A pickle of the number that stands for it, behind the pickle's protocol, and from protocol 4 on a frame. */
const LEGACY_MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const FRAME = 0x95;
const FRAME_BYTES = 9;

type ReadStorage = (storage: PickleStorage, firstElement: number, elements: number) => Promise<Uint8Array<ArrayBuffer>>;

/** Whether the file begins as `torch.save` wrote it before 1.6. Reads 24 bytes. */
export async function looksLikeLegacyPth(source: ByteSource): Promise<boolean> {
  const start = await source.read(0, Math.min(source.size, 2 + FRAME_BYTES + LEGACY_MAGIC.length));
  const [mark, protocol = 0, next] = start;
  const at = next === FRAME ? 2 + FRAME_BYTES : 2;
  return mark === 0x80 && protocol >= 2 && protocol <= 5 && LEGACY_MAGIC.every((byte, index) => start[at + index] === byte);
}

/** The path of the pickle in a zip that `torch.save` wrote, or undefined where it is another zip. */
export function picklePath(archive: Archive): string | undefined {
  return [...archive.entries.keys()].find((path) => /^[^/]+\/data\.pkl$/.test(path) || path === 'data.pkl');
}

/** Opens a zip that `torch.save` wrote. Rejects with `file.damaged` or, for what is not read, `file.unsupported`. */
export async function openPth(archive: Archive): Promise<TensorStore> {
  const pickle = archive.entries.get(picklePath(archive) ?? '');
  if (!pickle)
    throw new PlaygroundError('file.unsupported', `${archive.name}: is a zip without a PyTorch pickle`, {
      subject: archive.name,
    });
  const damaged = damagedFile(archive.name);
  if (pickle.size > MAX_PICKLE) throw damaged(`its pickle has ${pickle.size} bytes, and at most ${MAX_PICKLE} are read`);
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  if ([...archive.entries.keys()].some((path) => path.startsWith(`${folder}code/`))) {
    throw new PlaygroundError(
      'file.unsupported',
      `${archive.name}: is a TorchScript program, which is not run; save its state_dict() instead`,
      {
        subject: archive.name,
      },
    );
  }
  const order = archive.entries.get(`${folder}byteorder`);
  if (order && new TextDecoder().decode(await archive.read(order, 0, Math.min(order.size, 16))).trim() !== 'little') {
    throw new PlaygroundError(
      'file.unsupported',
      `${archive.name}: was written on a big-endian machine, which is not read; load it with torch.load and save it as safetensors`,
      {
        subject: archive.name,
      },
    );
  }
  const { value } = readPickle(await archive.read(pickle, 0, pickle.size), `${archive.name}: its pickle`);
  const read: ReadStorage = async (storage, first, elements) => {
    const entry = archive.entries.get(`${folder}data/${storage.key}`);
    const width = TYPE_BYTES[storage.type];
    if (!entry) throw damaged(`lacks the elements of storage '${storage.key}'`);
    if (entry.size !== storage.elements * width) {
      throw damaged(
        `its storage '${storage.key}' has ${entry.size} bytes, and ${storage.elements} elements of ${storage.type} were expected`,
      );
    }
    return archive.read(entry, first * width, elements * width);
  };
  return storeOf(archive.name, value, read);
}

/** Opens a file that `torch.save` wrote before 1.6. */
export async function openLegacyPth(source: ByteSource): Promise<TensorStore> {
  const what = `${source.name}: its pickle`;
  // The pickle's length is not stored: more is read until it ends.
  let window = Math.min(source.size, 4 * 2 ** 20);
  for (;;) {
    try {
      const bytes = await source.read(0, window);
      let position = 0;
      const values: PickleValue[] = [];
      const storages: PickleStorage[] = [];
      // The pickles, in this order: magic number, protocol version, system information, the checkpoint, and the storages' keys in the order
      // in which they follow.
      while (values.length < 5) {
        const pickle = readPickle(bytes, what, position);
        values.push(pickle.value);
        storages.push(...pickle.storages);
        position = pickle.end;
      }
      const [, , facts, checkpoint, keys] = values;
      if (facts instanceof PickleDict && facts.entries.get('little_endian') === false) {
        throw new PlaygroundError(
          'file.unsupported',
          `${source.name}: was written on a big-endian machine, which is not read; load it with torch.load and save it as safetensors`,
          {
            subject: source.name,
          },
        );
      }
      return storeOf(source.name, checkpoint ?? null, await legacyStorages(source, storages, keys ?? null, position));
    } catch (error) {
      if (!(error instanceof PickleEndError) || window === source.size || window >= MAX_PICKLE) throw error;
      window = Math.min(source.size, window * 4, MAX_PICKLE);
    }
  }
}

async function legacyStorages(
  source: ByteSource,
  storages: readonly PickleStorage[],
  keys: PickleValue,
  start: number,
): Promise<ReadStorage> {
  const damaged = damagedFile(source.name);
  if (!Array.isArray(keys)) throw damaged('does not list its storages');
  const widths = new Map<string, number>();
  for (const storage of storages) widths.set(storage.key, TYPE_BYTES[storage.type]);
  const offsets = new Map<string, { offset: number; elements: number }>();
  let position = start;
  for (const key of keys) {
    if (typeof key !== 'string') throw damaged('names a storage by something that is not a string');
    const width = widths.get(key);
    if (width === undefined) throw damaged(`lists the storage '${key}', which no tensor uses`);
    if (position + 8 > source.size) throw damaged('ends before its last storage: the file is truncated');
    const prefix = await source.read(position, 8);
    const elements = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
    if (elements * BigInt(width) > BigInt(source.size - position - 8))
      throw damaged(`ends within its storage '${key}': the file is truncated`);
    offsets.set(key, { offset: position + 8, elements: Number(elements) });
    position += 8 + Number(elements) * width;
  }
  return async (storage, first, elements) => {
    const place = offsets.get(storage.key);
    if (!place || place.elements !== storage.elements) throw damaged(`lacks the elements of storage '${storage.key}'`);
    const width = TYPE_BYTES[storage.type];
    return source.read(place.offset + first * width, elements * width);
  };
}

function damagedFile(file: string): (why: string) => PlaygroundError {
  return (why) => new PlaygroundError('file.damaged', `${file}: ${why}`, { subject: file });
}

interface PthTensor extends StoredTensor {
  readonly tensor: PickleTensor;
}

function storeOf(file: string, root: PickleValue, readStorage: ReadStorage): TensorStore {
  const damaged = damagedFile(file);
  const tensors = new Map<string, PthTensor>();
  for (const [name, value] of stateDict(file, root)) {
    if (typeof name !== 'string' || !(value instanceof PickleTensor)) continue;
    const { storage, offset, shape, strides } = value;
    const count = elementCount(shape);
    const span = spannedElements(shape, strides);
    if (count === undefined || !Number.isSafeInteger(span) || (span > 0 && offset + span > storage.elements)) {
      throw damaged(
        `its tensor '${name}' of shape ${shapeText(shape)} reaches behind its storage of ${storage.elements} elements`,
      );
    }
    if (count > Math.max(storage.elements, MAX_REPEATED))
      throw damaged(`its tensor '${name}' repeats ${storage.elements} elements to ${count}`);
    tensors.set(name, { shape, type: storage.type, tensor: value });
  }
  return {
    name: file,
    container: 'pth',
    metadata: namespaceValues(root),
    tensors,
    async read(name, rows) {
      const { tensor, type } = requireTensor(tensors, name, file);
      const { shape, offset } = window(tensor, rows);
      const span = spannedElements(shape, tensor.strides);
      const data = toFloat32(await readStorage(tensor.storage, offset, span), type, `${file}: tensor '${name}'`);
      return { shape, data: isContiguous(shape, tensor.strides) ? data : gather(data, shape, tensor.strides) };
    },
  };
}

function window(tensor: PickleTensor, rows: RowRange | undefined): { shape: readonly number[]; offset: number } {
  const skip = rows ? rows.first * (tensor.strides[0] ?? 0) : 0;
  return { shape: rowsOf(tensor.shape, rows).shape, offset: tensor.offset + skip };
}

/** A value as JSON would have it; undefined where JSON cannot express it. */
function plainValue(value: PickleValue, depth = 0): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (depth > 3) return undefined;
  if (Array.isArray(value)) return value.map((item) => plainValue(item, depth + 1));
  if (value instanceof PickleTuple) return value.items.map((item) => plainValue(item, depth + 1));
  if (!(value instanceof PickleDict || value instanceof PickleNamespace)) return undefined;
  const entries = [...value.entries].filter((entry): entry is [string, PickleValue] => typeof entry[0] === 'string');
  return Object.fromEntries(entries.map(([key, item]) => [key, plainValue(item, depth + 1)]));
}

/** The values of a checkpoint's `args` as texts under `args.NAME` (lists and dicts as JSON), and its architecture's name `arch`. */
function namespaceValues(root: PickleValue): Record<string, string> {
  const values: Record<string, string> = {};
  const arch = root instanceof PickleDict ? root.entries.get('arch') : undefined;
  if (typeof arch === 'string') values['arch'] = arch;
  const args = root instanceof PickleDict ? root.entries.get('args') : undefined;
  if (args instanceof PickleNamespace || args instanceof PickleDict) {
    for (const [key, value] of args.entries) {
      const plain = plainValue(value);
      if (typeof key !== 'string' || plain === undefined || plain === null) continue;
      values[`args.${key}`] = typeof plain === 'string' ? plain : JSON.stringify(plain);
    }
  }
  return values;
}
