/** The names in a PEFT adapter's file, mapped to the layers of timm's model. */
import { PlaygroundError } from '../../vit/errors.js';
import type { TensorStore } from '../../containers/tensor-store.js';

/** What every name in `adapter_model.safetensors` begins with. */
export const PEFT_PREFIX = 'base_model.model.';

/** A layer of the backbone, or a third of the joint query, key and value. */
export interface AdaptedLayer {
  /** timm's name without `.weight`, for example `blocks.3.mlp.fc1` or `head`. */
  readonly layer: string;
  readonly third: 0 | 1 | 2 | null;
}

export interface LoraNames extends AdaptedLayer {
  /** The module's name as the library has it. */
  readonly module: string;
  readonly a: string;
  readonly b: string;
}

/** The one layer that is a convolution. */
export const PATCHES = 'patch_embed.proj';

const THIRDS: Readonly<Record<string, 0 | 1 | 2>> = {
  query: 0,
  key: 1,
  value: 2,
  q_proj: 0,
  k_proj: 1,
  v_proj: 2,
  q: 0,
  k: 1,
  v: 2,
};

/** transformers' names below a block, in either generation, by timm's. */
const LAYERS: Readonly<Record<string, string>> = {
  'attention.output.dense': 'attn.proj',
  'attention.o_proj': 'attn.proj',
  'intermediate.dense': 'mlp.fc1',
  'output.dense': 'mlp.fc2',
  'mlp.fc1': 'mlp.fc1',
  'mlp.fc2': 'mlp.fc2',
};

/** The linear layer of a block that a module of timm's or transformers' model is; undefined for any other module. */
function layerOf(module: string): AdaptedLayer | undefined {
  const [, timmBlock, timmLayer] = /(?:^|\.)blocks\.(\d+)\.(attn\.qkv|attn\.proj|mlp\.fc1|mlp\.fc2)$/.exec(module) ?? [];
  if (timmBlock !== undefined) return { layer: `blocks.${timmBlock}.${timmLayer ?? ''}`, third: null };
  const [, block, inner = ''] = /(?:^|\.)(?:encoder\.)?layers?\.(\d+)\.(.+)$/.exec(module) ?? [];
  if (block === undefined) return undefined;
  const third = THIRDS[/^attention\.(?:attention\.)?(\w+)$/.exec(inner)?.[1] ?? ''];
  if (third !== undefined) return { layer: `blocks.${block}.attn.qkv`, third };
  const layer = LAYERS[inner];
  return layer === undefined ? undefined : { layer: `blocks.${block}.${layer}`, third: null };
}

/** A head by its name, or the patches' projection, which a short suffix such as `proj` matches as well. */
function outerLayerOf(module: string): AdaptedLayer | undefined {
  const head = HEADS[module.slice(module.lastIndexOf('.') + 1)];
  if (head !== undefined) return { layer: head, third: null };
  return /(^|\.)(patch_embed\.proj|embeddings\.patch_embeddings\.projection)$/.test(module)
    ? { layer: PATCHES, third: null }
    : undefined;
}

const HEADS: Readonly<Record<string, string>> = {
  head: 'head',
  head_dist: 'head_dist',
  classifier: 'head',
  cls_classifier: 'head',
  distillation_classifier: 'head_dist',
};

/** Adapters of other kinds, recognised by a part of their tensors' names. */
const OTHER_KINDS: readonly (readonly [RegExp, string])[] = [
  [/lora_magnitude_vector/, 'DoRA'],
  [/lora_E|ranknum/, 'AdaLoRA'],
  [/lora_embedding_/, 'LoRA on embeddings'],
  [/lokr_/, 'LoKr'],
  [/hada_/, 'LoHa'],
  [/\.ia3_/, 'IA3'],
  [/vera_/, 'VeRA'],
  [/boft_/, 'BOFT'],
  [/\.oft_/, 'OFT'],
  [/hra_/, 'HRA'],
  [/fourierft_/, 'FourierFT'],
  [/vblora_/, 'VBLoRA'],
  [/prompt_embeddings|prompt_encoder/, 'learned prompts'],
  [/ln_tuning/, 'LN tuning'],
];

export function isPeftAdapter(store: TensorStore): boolean {
  const names = [...store.tensors.keys()];
  if (names.length === 0 || !names.every((name) => name.startsWith(PEFT_PREFIX))) return false;
  return names.some((name) => /\.lora_[AB]\./.test(name)) || names.some((name) => OTHER_KINDS.some(([kind]) => kind.test(name)));
}

export interface SortedNames {
  readonly layers: readonly LoraNames[];
  /** Our name of each head's tensor, and the file's name for it. */
  readonly heads: ReadonlyMap<string, string>;
  readonly usesTimmNames: boolean;
}

interface Sorting {
  readonly layers: Map<string, { layer: AdaptedLayer; a?: string; b?: string }>;
  readonly heads: Map<string, string>;
  readonly adapters: Set<string>;
}

function sortName(store: TensorStore, name: string, { layers, heads, adapters }: Sorting): void {
  const refuse = (message: string): PlaygroundError =>
    new PlaygroundError('weights.unsupported-architecture', `${store.name}: ${message}`, { subject: name });
  const local = name.startsWith(PEFT_PREFIX) ? name.slice(PEFT_PREFIX.length) : name;
  const other = OTHER_KINDS.find(([kind]) => kind.test(local))?.[1];
  if (other !== undefined) throw refuse(`is an adapter of another kind than LoRA: ${other} (tensor '${local}')`);
  const [, module = '', side, adapter] = /^(.+)\.lora_([AB])(?:\.([^.]+))?\.weight$/.exec(local) ?? [];
  if (side !== undefined) {
    const layer = layerOf(module) ?? outerLayerOf(module);
    if (!layer)
      throw refuse(`adapts '${local}', and LoRA can be taken on the blocks' linear layers, the patches' projection and heads`);
    if (adapter !== undefined) adapters.add(adapter);
    layers.set(module, { ...layers.get(module), layer, [side === 'A' ? 'a' : 'b']: name });
    return;
  }
  const saved = /^(?:.*\.)?(\w+)\.modules_to_save\.([^.]+)\.(weight|bias)$/.exec(local);
  if (saved) adapters.add(saved[2] ?? '');
  const [, head = '', part = ''] = saved ? [saved[0], saved[1], saved[3]] : (/^(?:.*\.)?(\w+)\.(weight|bias)$/.exec(local) ?? []);
  if (/\.original_module\./.test(local)) return;
  if (/lora_[AB]/.test(local)) throw refuse(`holds '${local}', a part of LoRA that is not known here`);
  if (HEADS[head] === undefined || layerOf(local.replace(/\.(weight|bias)$/, '')) !== undefined) {
    throw refuse(`replaces '${local}', and only LoRA, and a new head, can be taken`);
  }
  heads.set(`${HEADS[head]}.${part}`, name);
}

/**
 * Sorts the file's names into LoRA's layers and heads. A layer that stands under the names of both generations of transformers is one
 * layer. An adapter's name inside a tensor's name (`lora_A.default.weight`) is skipped. Throws, by name, for two adapters, another kind of
 * adapter, or an unknown tensor.
 */
export function sortPeftNames(store: TensorStore): SortedNames {
  const sorting: Sorting = { layers: new Map(), heads: new Map(), adapters: new Set() };
  for (const name of store.tensors.keys()) sortName(store, name, sorting);
  if (sorting.adapters.size > 1) {
    const message = `${store.name}: holds ${sorting.adapters.size} adapters (${[...sorting.adapters].join(', ')}), and one can be taken; save it alone`;
    throw new PlaygroundError('weights.unsupported-architecture', message, { subject: store.name });
  }
  const layers: LoraNames[] = [];
  for (const [module, { layer, a, b }] of sorting.layers) {
    if (a !== undefined && b !== undefined) layers.push({ ...layer, module, a, b });
    else {
      const there = a ?? b ?? '';
      const wanted = a === undefined ? there.replace('lora_B', 'lora_A') : there.replace('lora_A', 'lora_B');
      throw new PlaygroundError('weights.missing-tensor', `${store.name}: has no tensor '${wanted}' (of ${module})`, {
        subject: wanted,
      });
    }
  }
  const places = new Map(layers.map((names) => [`${names.layer} ${names.third ?? ''}`, names]));
  const usesTimmNames = [...sorting.layers.keys()].some((module) => /(^|\.)blocks\.\d+\./.test(module));
  return { layers: [...places.values()], heads: sorting.heads, usesTimmNames };
}
