/** Checkpoints of a whole PEFT model, `torch.save(model.state_dict())`: the backbone and its LoRA in one file, under PEFT's names in memory. */
import type { StoredTensor, TensorStore } from '../../containers/tensor-store.js';
import { PEFT_PREFIX } from './peft-names.js';

/** Tensors of every vision transformer's beginning, which no adapter has. */
const BACKBONE = /(^|\.)(cls_token|class_token|pos_embed|pos_embedding|position_embeddings?)$/;
const LORA = /\.lora_[AB]\.(?:[^.]+\.)?weight$/;
/** What PEFT keeps beside the backbone's own tensors. */
const BESIDE = /\.(lora_\w+|modules_to_save)(\.|$)/;

/** The same tensors under other names. */
function renamed(store: TensorStore, names: ReadonlyMap<string, string>): TensorStore {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, source] of names) {
    const tensor = store.tensors.get(source);
    if (tensor) tensors.set(name, tensor);
  }
  return { ...store, tensors, read: (name, rows) => store.read(names.get(name) ?? name, rows) };
}

/** Splits such a checkpoint into the backbone and the adapter, each under the names that it has alone; null for any other file. */
export function splitWholePeft(store: TensorStore): { readonly backbone: TensorStore; readonly adapter: TensorStore } | null {
  const names = [...store.tensors.keys()];
  if (!names.some((name) => LORA.test(name)) || !names.some((name) => BACKBONE.test(name))) return null;
  const plain = (name: string): string => {
    const at = name.indexOf(PEFT_PREFIX);
    return at < 0 ? name : name.slice(at + PEFT_PREFIX.length);
  };
  const backbone = new Map<string, string>();
  const adapter = new Map<string, string>();
  for (const name of names) {
    if (BESIDE.test(name)) adapter.set(PEFT_PREFIX + plain(name), name);
    else backbone.set(plain(name).replace(/\.(base_layer|original_module)\./, '.'), name);
  }
  return { backbone: renamed(store, backbone), adapter: renamed(store, adapter) };
}
