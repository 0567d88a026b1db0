/**
 * PEFT adapter directories as input: `adapter_config.json` and `adapter_model.safetensors`, and beside them what PEFT has no name for.
 * The layers' names are mapped to the authors', query, key and value to their one layer, and LoRA's factor goes into its weights.
 */
import { z } from 'zod';
import { PlaygroundError } from '../../vit/errors.js';
import type { ResolvedTensor } from '../backbones/backbone.js';
import { shapeText } from '../../containers/numbers.js';
import { rowsOf, type StoredTensor, type TensorStore } from '../../containers/tensor-store.js';
import type { NamedTensor } from '../../containers/tensors.js';

export type PeftForm = 'timm' | 'Hugging Face';

/** What every name in `adapter_model.safetensors` begins with. */
export const PEFT_PREFIX = 'base_model.model.';

const COMPANION_KEY = 'pyra_playground_beside_peft';
/** The metadata entry of `pyra.safetensors`, the file beside a PEFT adapter. */
export const COMPANION_ENTRY: Readonly<Record<string, string>> = { [COMPANION_KEY]: '1' };

export const peftConfigSchema = z.looseObject({
  peft_type: z.string(),
  r: z.number().int().min(1).optional(),
  lora_alpha: z.number().optional(),
  use_rslora: z.boolean().nullish(),
  use_dora: z.boolean().nullish(),
  bias: z.string().nullish(),
  rank_pattern: z.record(z.string(), z.number()).nullish(),
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
});
export type PeftConfig = z.infer<typeof peftConfigSchema>;

export interface PeftAdapter {
  readonly form: PeftForm;
  /** By the authors' names: LoRA, heads, and what lay beside. */
  readonly tensors: ReadonlyMap<string, ResolvedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

export function isPeftAdapter(store: TensorStore): boolean {
  return [...store.tensors.keys()].some((name) => name.startsWith(PEFT_PREFIX) && name.endsWith('.lora_A.weight'));
}

export function isBesidePeft(store: TensorStore): boolean {
  return store.metadata[COMPANION_KEY] !== undefined;
}

const PARTS: Readonly<Record<string, 0 | 1 | 2>> = { query: 0, key: 1, value: 2, q_proj: 0, k_proj: 1, v_proj: 2 };

function layerOf(module: string): Pick<LayerNames, 'block' | 'part'> | undefined {
  const timm = /(?:^|\.)blocks\.(\d+)\.attn\.qkv$/.exec(module);
  if (timm) return { block: timm[1] ?? '', part: 'qkv' };
  const [, block = '', name = ''] = /(?:^|\.)(?:encoder\.)?layers?\.(\d+)\.attention\.(?:attention\.)?(\w+)$/.exec(module) ?? [];
  const part = PARTS[name];
  return part === undefined ? undefined : { block, part };
}

const HEADS: Readonly<Record<string, string>> = {
  head: 'head',
  head_dist: 'head_dist',
  classifier: 'head',
  cls_classifier: 'head',
  distillation_classifier: 'head_dist',
};

/** What LoRA's product is multiplied by. Refuses by name what would make it another computation. */
function factorOf(config: PeftConfig, rank: number, file: string): number {
  const refuse = (what: string): PlaygroundError =>
    new PlaygroundError('weights.unsupported-architecture', `${file}: is a PEFT adapter with ${what}, which is not supported`, {
      subject: file,
    });
  if (config.peft_type !== 'LORA') throw refuse(`peft_type '${config.peft_type}' (only LORA is taken)`);
  if (config.use_dora) throw refuse('DoRA (use_dora)');
  if (config.bias && config.bias !== 'none') throw refuse(`trained biases (bias '${config.bias}')`);
  if (Object.keys(config.rank_pattern ?? {}).length > 0) throw refuse('ranks that differ by layer (rank_pattern)');
  if (Object.keys(config.alpha_pattern ?? {}).length > 0) throw refuse('factors that differ by layer (alpha_pattern)');
  const alpha = config.lora_alpha ?? rank;
  return config.use_rslora ? alpha / Math.sqrt(rank) : alpha / rank;
}

interface Pair {
  readonly a: NamedTensor;
  readonly b: NamedTensor;
}

/** Whether query, key and value all have LoRA with one and the same A: the thirds of one LoRA. */
function shareOneA(thirds: readonly (Pair | undefined)[]): boolean {
  const [first] = thirds;
  return thirds.every((third) => third !== undefined && third.a.data.every((value, index) => value === first?.a.data[index]));
}

/**
 * One LoRA for the joint layer out of those of its thirds. Where they share one A, the Bs lie below each other; else A' stacks the As,
 * and B' [3D, 3 rank] is block-diagonal. A third without LoRA is zero.
 */
function joinThirds(thirds: readonly (Pair | undefined)[], shared: boolean, rank: number, width: number): Pair {
  const ranks = shared ? rank : 3 * rank;
  const a = new Float32Array(ranks * width);
  const b = new Float32Array(3 * width * ranks);
  thirds.forEach((pair, third) => {
    if (!pair) return;
    const column = shared ? 0 : third * rank;
    a.set(pair.a.data, column * width);
    for (let row = 0; row < width; row++) {
      b.set(pair.b.data.subarray(row * rank, (row + 1) * rank), (third * width + row) * ranks + column);
    }
  });
  return { a: { shape: [ranks, width], data: a }, b: { shape: [3 * width, ranks], data: b } };
}

function scaled(tensor: NamedTensor, factor: number): NamedTensor {
  return factor === 1 ? tensor : { shape: tensor.shape, data: tensor.data.map((value) => value * factor) };
}

interface LayerNames {
  readonly block: string;
  /** The whole layer, or which third of it. */
  readonly part: 'qkv' | 0 | 1 | 2;
  readonly a: string;
  readonly b: string;
}

/** Shapes [rank, D] and [3D or D, rank], all ranks and widths the same; throws by name where they are not. */
function requireShapes(store: TensorStore, layers: readonly LayerNames[]): { rank: number; width: number } {
  const expect = (name: string, shape: readonly number[]): void => {
    const found = store.tensors.get(name)?.shape;
    if (!found) throw new PlaygroundError('weights.missing-tensor', `${store.name}: has no tensor '${name}'`, { subject: name });
    if (shapeText(found) === shapeText(shape)) return;
    const message = `${store.name}: tensor '${name}' has shape ${shapeText(found)}, and ${shapeText(shape)} was expected`;
    throw new PlaygroundError('weights.wrong-shape', message, { subject: name });
  };
  const [rank = 0, width = 0] = store.tensors.get(layers[0]?.a ?? '')?.shape ?? [];
  for (const { a, b, part } of layers) {
    expect(a, [rank, width]);
    expect(b, [part === 'qkv' ? 3 * width : width, rank]);
  }
  return { rank, width };
}

/** Sorts the file's names into LoRA's layers and heads (ours to the file's); throws for anything else. */
function sortNames(store: TensorStore): { layers: LayerNames[]; heads: Map<string, string> } {
  const layers = new Map<string, LayerNames>();
  const heads = new Map<string, string>();
  for (const name of store.tensors.keys()) {
    const local = name.startsWith(PEFT_PREFIX) ? name.slice(PEFT_PREFIX.length) : name;
    const [, module = '', side] = /^(.+)\.lora_([AB])\.weight$/.exec(local) ?? [];
    const layer = side === undefined ? undefined : layerOf(module);
    const [, head = '', part = ''] = /^(?:.*\.)?(\w+)\.(weight|bias)$/.exec(local) ?? [];
    if (layer) {
      const at = name.slice(0, -'A.weight'.length);
      layers.set(module, { ...layer, a: `${at}A.weight`, b: `${at}B.weight` });
    } else if (side === undefined && HEADS[head] !== undefined) {
      heads.set(`${HEADS[head]}.${part}`, name);
    } else {
      const message = `${store.name}: adapts '${local}', and only LoRA on attention's query, key and value, and a new head, can be taken`;
      throw new PlaygroundError('weights.unsupported-architecture', message, { subject: name });
    }
  }
  return { layers: [...layers.values()], heads };
}

async function readLayers(store: TensorStore, layers: readonly LayerNames[]): Promise<Map<string, Pair>> {
  const { rank, width } = requireShapes(store, layers);
  const joint = new Map<string, Pair>();
  const thirds = new Map<string, (Pair | undefined)[]>();
  for (const { block, part, a, b } of layers) {
    const pair = { a: await store.read(a), b: await store.read(b) };
    if (part === 'qkv') joint.set(block, pair);
    else {
      const own = thirds.get(block) ?? [undefined, undefined, undefined];
      own[part] = pair;
      thirds.set(block, own);
    }
  }
  // One rank for all blocks: a network has one.
  const shared = [...thirds.values()].every(shareOneA);
  for (const [block, own] of thirds) joint.set(block, joinThirds(own, shared, rank, width));
  return joint;
}

/**
 * The adapter's weights by the authors' names; LoRA's are read at once, the others when asked. Rejects with one sentence where it adapts
 * another layer than attention's query, key and value, or computes something else than LoRA.
 */
export async function openPeftAdapter(
  store: TensorStore,
  config: PeftConfig,
  beside: TensorStore | undefined,
): Promise<PeftAdapter> {
  const { layers, heads } = sortNames(store);
  const tensors = new Map<string, ResolvedTensor>();
  const pairs = await readLayers(store, layers);
  const rank = store.tensors.get(layers[0]?.a ?? '')?.shape[0] ?? 1;
  const factor = factorOf(config, rank, store.name);
  for (const [block, { a, b }] of pairs) {
    const product = scaled(b, factor);
    tensors.set(`blocks.${block}.attn.LoRA_a.weight`, { shape: a.shape, read: async () => a });
    tensors.set(`blocks.${block}.attn.LoRA_b.weight`, { shape: b.shape, read: async () => product });
  }
  const keep = (name: string, from: TensorStore, source: string): void =>
    void tensors.set(name, { shape: from.tensors.get(source)?.shape ?? [], read: () => from.read(source) });
  for (const [name, source] of heads) keep(name, store, source);
  if (beside) for (const name of beside.tensors.keys()) keep(name, beside, name);
  const form = layers.some(({ part }) => part === 'qkv') ? 'timm' : 'Hugging Face';
  const times = factor === 1 ? '' : `, times ${factor}`;
  const notes = [`A PEFT adapter: LoRA of rank ${rank}${times} in ${pairs.size} blocks.`];
  return { form, tensors, metadata: store.metadata, notes };
}

/** The adapter alone as a store, by the authors' names. */
export function peftStore(store: TensorStore, { tensors }: PeftAdapter): TensorStore {
  const described = new Map<string, StoredTensor>([...tensors].map(([name, { shape }]) => [name, { shape, type: 'F32' }]));
  return {
    name: store.name,
    container: store.container,
    metadata: store.metadata,
    tensors: described,
    async read(name, rows) {
      const tensor = tensors.get(name);
      if (!tensor)
        throw new PlaygroundError('weights.missing-tensor', `${store.name}: has no tensor '${name}'`, { subject: name });
      const { shape, data } = await tensor.read();
      const part = rowsOf(shape, rows);
      return { shape: part.shape, data: data.slice(part.skip, part.skip + part.count) };
    },
  };
}
