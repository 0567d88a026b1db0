/** Shards that an index names (`model.safetensors.index.json`, `pytorch_model.bin.index.json`), as one store. */
import { z } from 'zod';
import type { ByteSource } from '../../../containers/bytes.js';
import { parseJsonStrictly } from '../../../containers/safetensors/strict-json.js';
import { requireTensor, type StoredTensor, type TensorStore } from '../../../containers/tensor-store.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { openTensorStore } from './open.js';

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

async function openShard(index: ByteSource, fileName: string, shards: readonly ByteSource[]): Promise<TensorStore> {
  const folder = index.name.slice(0, index.name.lastIndexOf('/') + 1);
  const source =
    shards.find((shard) => shard.name === folder + fileName) ?? shards.find((shard) => baseName(shard.name) === fileName);
  const store = source && (await openTensorStore(source));
  if (store) return store;
  const why = source ? 'which holds no tensors' : 'which was not given with it';
  throw new PlaygroundError('file.unreadable', `${index.name}: names the file '${fileName}', ${why}`, { subject: fileName });
}

/** The files that an index names. Rejects with `file.damaged` where it is none. */
export async function shardNames(index: ByteSource): Promise<ReadonlyMap<string, string>> {
  const parsed = indexSchema.safeParse(
    parseJsonStrictly(await index.read(0, index.size), `${index.name}: the index`, index.name),
  );
  if (parsed.success) return new Map(Object.entries(parsed.data.weight_map));
  const message = `${index.name}: is no index of shards: it has no 'weight_map' from tensors to files`;
  throw new PlaygroundError('file.damaged', message, { subject: index.name });
}

/** Opens the shards that an index names, as one store; every named tensor must be where it says. */
export async function openShards(index: ByteSource, shards: readonly ByteSource[]): Promise<TensorStore> {
  const opened = new Map<string, TensorStore>();
  const owner = new Map<string, TensorStore>();
  const tensors = new Map<string, StoredTensor>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [tensorName, fileName] of await shardNames(index)) {
    let file = opened.get(fileName);
    if (!file) {
      file = await openShard(index, fileName, shards);
      opened.set(fileName, file);
      metadata = { ...metadata, ...file.metadata };
    }
    const tensor = file.tensors.get(tensorName);
    if (!tensor) {
      const message = `${fileName}: has no tensor '${tensorName}', which the index says is in it`;
      throw new PlaygroundError('weights.missing-tensor', message, { subject: tensorName });
    }
    owner.set(tensorName, file);
    tensors.set(tensorName, tensor);
  }
  const [first] = opened.values();
  return {
    name: index.name,
    container: first?.container ?? 'safetensors',
    metadata,
    tensors,
    read: async (name, rows) => requireTensor(owner, name, index.name).read(name, rows),
  };
}
