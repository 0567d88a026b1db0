/** Names that PyTorch's wrappers put inside a model: compiled, checkpointed or sharded blocks, and DINOv2's chunks of blocks. */
import type { TensorStore } from '../../../containers/tensor-store.js';

/** The names of wrapped modules behind a block's number; in front of all names they are prefixes, which are found as such. */
const WRAPPED = /\.(_orig_mod|_checkpoint_wrapped_module|_fsdp_wrapped_module|_forward_module)(?=\.)/g;
const IN_BLOCK = /\.\d+\.(_orig_mod|_checkpoint_wrapped_module|_fsdp_wrapped_module|_forward_module)\./;
/** DINOv2's training keeps blocks in chunks, `blocks.CHUNK.BLOCK.norm1`, whose blocks are numbered through. */
const CHUNK = /(^|\.)blocks\.\d+\.(\d+)\.(?=(norm1|norm2|attn|mlp|ls1|ls2)\.)/;

const plain = (name: string): string => name.replace(WRAPPED, '').replace(CHUNK, '$1blocks.$2.');

/** The store under the names of the bare model; the store itself where no wrapper is inside, or where two tensors would share a name. */
export function withoutWrappers(store: TensorStore): TensorStore {
  const names = [...store.tensors.keys()];
  if (!names.some((name) => IN_BLOCK.test(name) || CHUNK.test(name))) return store;
  const originals = new Map(names.map((name) => [plain(name), name]));
  if (originals.size !== names.length) return store;
  return {
    ...store,
    tensors: new Map([...store.tensors].map(([name, tensor]) => [plain(name), tensor])),
    read: (name, rows) => store.read(originals.get(name) ?? name, rows),
  };
}
