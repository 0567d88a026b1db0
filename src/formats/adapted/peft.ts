/**
 * Reads PEFT adapter directories: `adapter_config.json` and `adapter_model.safetensors`, and `pyra.safetensors` with what PEFT has no name
 * for. LoRA on query, key and value becomes one LoRA of their joint layer. On any other layer, the patches' projection and the heads
 * included, it is folded into the weight.
 */
import { PlaygroundError } from '../../vit/errors.js';
import { sameShape, shapeText } from '../../containers/numbers.js';
import { rowsOf, type StoredTensor, type TensorStore } from '../../containers/tensor-store.js';
import type { NamedTensor } from '../../containers/tensors.js';
import type { ResolvedTensor } from '../types.js';
import { foldLora } from './fold.js';
import { loraFactor, requirePlainLora, type PeftConfig } from './peft-config.js';
import { PATCHES, sortPeftNames, type LoraNames } from './peft-names.js';

export type PeftForm = 'timm' | 'Hugging Face';

const COMPANION_KEY = 'pyra_playground_beside_peft';
/** The metadata entry of `pyra.safetensors`, the file beside a PEFT adapter. */
export const COMPANION_ENTRY: Readonly<Record<string, string>> = { [COMPANION_KEY]: '1' };

/** The two matrices of a LoRA, with its factor multiplied into b: a [rank, inputs], b [outputs, rank]. */
export interface Lora {
  readonly a: NamedTensor;
  readonly b: NamedTensor;
  /** The file's name of matrix a. */
  readonly source: string;
}

export interface PeftAdapter {
  readonly name: string;
  readonly form: PeftForm;
  /** Under the authors' names: LoRA on the joint query, key and value layer, heads, and the tensors of `pyra.safetensors`. */
  readonly tensors: ReadonlyMap<string, ResolvedTensor>;
  /** LoRA on other layers, by timm's name of the weight that it is folded into. */
  readonly folds: ReadonlyMap<string, Lora>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

export function isBesidePeft(store: TensorStore): boolean {
  return store.metadata[COMPANION_KEY] !== undefined;
}

const identical = (first: NamedTensor, second: NamedTensor): boolean =>
  sameShape(first.shape, second.shape) && first.data.every((value, index) => value === second.data[index]);

/**
 * One LoRA for the joint layer, made of those of its thirds. Where all share one A, the Bs are stacked. Otherwise the As are stacked and B
 * [3 C, sum of ranks] is block-diagonal. A third without LoRA gets zeros.
 */
function joinThirds(thirds: readonly { readonly third: 0 | 1 | 2; readonly lora: Lora }[], width: number): Lora {
  const [first] = thirds;
  const shared = thirds.length === 3 && thirds.every(({ lora }) => first !== undefined && identical(lora.a, first.lora.a));
  const rankOf = ({ a }: Lora): number => a.shape[0] ?? 0;
  const ranks = shared ? rankOf(thirds[0]!.lora) : thirds.reduce((sum, { lora }) => sum + rankOf(lora), 0);
  const a = new Float32Array(ranks * width);
  const b = new Float32Array(3 * width * ranks);
  let column = 0;
  for (const { third, lora } of thirds) {
    const rank = rankOf(lora);
    a.set(lora.a.data, column * width);
    for (let row = 0; row < width; row++) {
      b.set(lora.b.data.subarray(row * rank, (row + 1) * rank), (third * width + row) * ranks + column);
    }
    if (!shared) column += rank;
  }
  return {
    a: { shape: [ranks, width], data: a },
    b: { shape: [3 * width, ranks], data: b },
    source: first?.lora.source ?? '',
  };
}

/** The same LoRA at a larger rank: rows of zeros are appended to A and columns of zeros to B, so that the product is unchanged. */
function padRank({ a, b, source }: Lora, to: number): Lora {
  const [rank = 0, inputs = 0] = a.shape;
  const [outputs = 0] = b.shape;
  if (rank === to) return { a, b, source };
  const wideA = new Float32Array(to * inputs);
  wideA.set(a.data);
  const wideB = new Float32Array(outputs * to);
  for (let row = 0; row < outputs; row++) wideB.set(b.data.subarray(row * rank, (row + 1) * rank), row * to);
  return { a: { shape: [to, inputs], data: wideA }, b: { shape: [outputs, to], data: wideB }, source };
}

function scaled(tensor: NamedTensor, factor: number): NamedTensor {
  return factor === 1 ? tensor : { shape: tensor.shape, data: tensor.data.map((value) => value * factor) };
}

/** A weight's shape as a matrix: a convolution has a row for each output. */
const asMatrix = ([rows = 0, ...rest]: readonly number[]): readonly [number, number] => [
  rows,
  rest.reduce((product, length) => product * length, 1),
];

function requireShapes(store: TensorStore, { layer, third, a, b }: LoraNames): void {
  const shapeOf = (name: string): readonly number[] => {
    const shape = store.tensors.get(name)?.shape ?? [];
    return layer === PATCHES && shape.length === 4 ? asMatrix(shape) : shape;
  };
  const [rank = 0, inputs = 0] = shapeOf(a);
  const found = shapeOf(b);
  const outputs = layer.endsWith('attn.qkv') ? (third === null ? 3 : 1) * inputs : (found[0] ?? 0);
  const expect = (name: string, shape: readonly number[]): void => {
    const there = shapeOf(name);
    if (sameShape(there, shape)) return;
    const message = `${store.name}: tensor '${name}' has shape ${shapeText(there)}, and ${shapeText(shape)} was expected`;
    throw new PlaygroundError('weights.wrong-shape', message, { subject: name });
  };
  expect(a, [rank, inputs]);
  expect(b, [outputs, rank]);
}

interface ReadLoras {
  /** LoRA on the joint query, key and value layer, by block. */
  readonly joint: ReadonlyMap<string, Lora>;
  readonly folds: ReadonlyMap<string, Lora>;
  /** The ranks of all LoRAs in the file. */
  readonly ranks: ReadonlySet<number>;
  readonly factors: ReadonlySet<number>;
}

async function readLoras(store: TensorStore, layers: readonly LoraNames[], config: PeftConfig): Promise<ReadLoras> {
  const joint = new Map<string, Lora>();
  const thirds = new Map<string, { third: 0 | 1 | 2; lora: Lora }[]>();
  const folds = new Map<string, Lora>();
  const ranks = new Set<number>();
  const factors = new Set<number>();
  for (const names of layers) {
    requireShapes(store, names);
    const matrix = async (name: string): Promise<NamedTensor> => {
      const { shape, data } = await store.read(name);
      return { shape: asMatrix(shape), data };
    };
    const a = await matrix(names.a);
    const rank = a.shape[0] ?? 1;
    const factor = loraFactor(config, rank, names.module);
    ranks.add(rank);
    factors.add(factor);
    const lora: Lora = { a, b: scaled(await matrix(names.b), factor), source: names.a };
    const block = /^blocks\.(\d+)\.attn\.qkv$/.exec(names.layer)?.[1];
    if (block === undefined) folds.set(`${names.layer}.weight`, lora);
    else if (names.third === null) joint.set(block, lora);
    else thirds.set(block, [...(thirds.get(block) ?? []), { third: names.third, lora }]);
  }
  for (const [block, own] of thirds) {
    own.sort((first, second) => first.third - second.third);
    joint.set(block, joinThirds(own, own[0]?.lora.a.shape[1] ?? 0));
  }
  return { joint, folds, ranks, factors };
}

/**
 * The head of DINOv2 in transformers takes the mean of the patches beside the class token. Where its weights for the mean are zero it is a
 * head of the class token alone; otherwise this throws.
 */
async function requireClassTokenHead(
  store: TensorStore,
  tensors: Map<string, ResolvedTensor>,
  heads: ReadonlyMap<string, string>,
  layers: readonly LoraNames[],
): Promise<void> {
  const source = heads.get('head.weight');
  const qkv = layers.find(({ layer }) => layer.endsWith('attn.qkv'));
  const [classes = 0, inputs = 0] = tensors.get('head.weight')?.shape ?? [];
  const width = (qkv && store.tensors.get(qkv.a)?.shape[1]) ?? inputs;
  if (source === undefined || inputs !== 2 * width) return;
  const { data } = await store.read(source);
  const narrow = new Float32Array(classes * width);
  for (let row = 0; row < classes; row++) {
    narrow.set(data.subarray(row * inputs, row * inputs + width), row * width);
    if (data.subarray(row * inputs + width, (row + 1) * inputs).every((value) => value === 0)) continue;
    const message = `${store.name}: its new head '${source}' takes the class token beside the patches' mean, and that mean is not computed`;
    throw new PlaygroundError('weights.unsupported-architecture', message, { subject: source });
  }
  tensors.set('head.weight', { shape: [classes, width], read: async () => ({ shape: [classes, width], data: narrow }) });
}

/**
 * Opens the adapter's weights under the authors' names. LoRA is read at once, the others on demand. Rejects with a sentence where the
 * adapter changes something other than a linear layer, or computes something other than LoRA.
 */
export async function openPeftAdapter(
  store: TensorStore,
  config: PeftConfig,
  beside: TensorStore | undefined,
): Promise<PeftAdapter> {
  requirePlainLora(config, store.name);
  const { layers, heads, usesTimmNames } = sortPeftNames(store);
  const { joint, folds, ranks, factors } = await readLoras(store, layers, config);
  // A network has one rank for all blocks.
  const rank = Math.max(0, ...[...joint.values()].map(({ a }) => a.shape[0] ?? 0));
  const tensors = new Map<string, ResolvedTensor>();
  for (const [block, lora] of joint) {
    const { a, b } = padRank(lora, rank);
    tensors.set(`blocks.${block}.attn.LoRA_a.weight`, { shape: a.shape, read: async () => a });
    tensors.set(`blocks.${block}.attn.LoRA_b.weight`, { shape: b.shape, read: async () => b });
  }
  const keep = (name: string, from: TensorStore, source: string): void =>
    void tensors.set(name, { shape: from.tensors.get(source)?.shape ?? [], read: () => from.read(source) });
  for (const [name, source] of heads) keep(name, store, source);
  await requireClassTokenHead(store, tensors, heads, layers);
  if (beside) for (const name of beside.tensors.keys()) keep(name, beside, name);
  const times = [...factors].every((factor) => factor === 1) ? '' : `, times ${[...factors].join(' and ')}`;
  const blocks = new Set([...joint.keys(), ...[...folds.keys()].flatMap((name) => /^blocks\.(\d+)/.exec(name)?.[1] ?? [])]);
  const notes = [`A PEFT adapter: LoRA of rank ${[...ranks].join(' and ')}${times} in ${blocks.size} blocks.`];
  return { name: store.name, form: usesTimmNames ? 'timm' : 'Hugging Face', tensors, folds, metadata: store.metadata, notes };
}

/** Throws by name where the adapter does not belong to this backbone: a layer that the backbone lacks, or one of another width. */
function requireLayer(
  adapter: string,
  name: string,
  { a, b, source }: Lora,
  backbone: ReadonlyMap<string, ResolvedTensor>,
): ResolvedTensor {
  const base = backbone.get(name);
  if (!base) {
    const message = `${adapter}: adapts '${source}', and the backbone that is given has no layer '${name.replace(/\.weight$/, '')}'`;
    throw new PlaygroundError('weights.missing-tensor', message, { subject: source });
  }
  const [outputs, inputs] = asMatrix(base.shape);
  if (a.shape[1] === inputs && b.shape[0] === outputs) return base;
  const message = `${adapter}: tensor '${source}' takes ${a.shape[1] ?? 0} channels and its partner gives ${b.shape[0] ?? 0}, but the backbone's layer '${name}' is ${shapeText(base.shape)}: the adapter was trained on a backbone of another width`;
  throw new PlaygroundError('weights.wrong-shape', message, { subject: source });
}

/** The backbone's tensors with LoRA folded in: W' = W + B A. Shapes are checked at once; elements are computed when they are read. */
export function withFolded(
  adapter: string,
  folds: ReadonlyMap<string, Lora>,
  backbone: ReadonlyMap<string, ResolvedTensor>,
): Map<string, ResolvedTensor> {
  const folded = new Map(backbone);
  for (const [name, lora] of folds) {
    const base = requireLayer(adapter, name, lora, backbone);
    const { a, b } = lora;
    folded.set(name, { shape: base.shape, read: async () => foldLora(await base.read(), a, b, name) });
  }
  return folded;
}

const LORA_A = /^blocks\.(\d+)\.attn\.LoRA_a\.weight$/;

/** The LoRAs on the joint layers of an adapter, as {@link withFolded} takes them; read at once. */
export async function jointLoras(tensors: ReadonlyMap<string, ResolvedTensor>): Promise<Map<string, Lora>> {
  const loras = new Map<string, Lora>();
  for (const [name, a] of tensors) {
    const block = LORA_A.exec(name)?.[1];
    const b = tensors.get(name.replace('LoRA_a', 'LoRA_b'));
    if (block === undefined || !b) continue;
    loras.set(`blocks.${block}.attn.qkv.weight`, { a: await a.read(), b: await b.read(), source: name });
  }
  return loras;
}

/**
 * Adds zero LoRA of the same rank to the blocks that have none, since a network has LoRA in all blocks or in none. Returns the blocks that
 * had none. Throws by name where the LoRA belongs to a backbone of another width or depth.
 */
export function completeLora(
  file: string,
  tensors: Map<string, ResolvedTensor>,
  backbone: ReadonlyMap<string, ResolvedTensor>,
  depth: number,
): readonly number[] {
  const there = [...tensors.keys()].flatMap((name) => {
    const block = LORA_A.exec(name)?.[1];
    return block === undefined ? [] : [Number(block)];
  });
  const rank = Math.max(0, ...there.map((block) => tensors.get(`blocks.${block}.attn.LoRA_a.weight`)?.shape[0] ?? 0));
  if (there.length === 0) return [];
  for (const block of there) {
    const [a, b] = ['LoRA_a', 'LoRA_b'].map((part) => tensors.get(`blocks.${block}.attn.${part}.weight`)?.shape ?? []);
    const stub = (shape: readonly number[] = []): NamedTensor => ({ shape, data: new Float32Array() });
    requireLayer(
      file,
      `blocks.${block}.attn.qkv.weight`,
      { a: stub(a), b: stub(b), source: `blocks.${block}.attn.LoRA_a.weight` },
      backbone,
    );
  }
  const without: number[] = [];
  for (let block = 0; block < depth; block++) {
    if (there.includes(block)) continue;
    without.push(block);
    const [outputs = 0, inputs = 0] = backbone.get(`blocks.${block}.attn.qkv.weight`)?.shape ?? [];
    for (const [part, shape] of [['LoRA_a', [rank, inputs]] as const, ['LoRA_b', [outputs, rank]] as const]) {
      const zeros = { shape, data: new Float32Array((shape[0] ?? 0) * (shape[1] ?? 0)) };
      tensors.set(`blocks.${block}.attn.${part}.weight`, { shape, read: async () => zeros });
    }
  }
  return without;
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
