/** Maps a file's tensors to those of a vision transformer. All shapes are checked; no elements are read yet. */
import { protectedTokens } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { ErrorCode } from '../../vit/errors.js';
import { sideLength } from '../../vit/trained-weights.js';
import { blockShapes, outerShapes, trainedGroups } from '../../vit/weights.js';
import type { Dimensions } from './dimensions.js';
import { blockFeature } from './features.js';
import { foldLayerScales } from './layer-scale.js';
import type { NamedFileView, NameMap, Resolution } from './names/map.js';
import { isWeightType, sameShape, shapeText } from '../../containers/numbers.js';
import type { ResolvedTensor, WeightReader } from '../types.js';

export interface TensorProblem {
  readonly code: Extract<
    ErrorCode,
    'weights.missing-tensor' | 'weights.wrong-shape' | 'file.unsupported' | 'weights.unsupported-architecture'
  >;
  /** The file's name for the tensor. */
  readonly tensor: string;
  /** One sentence. */
  readonly message: string;
}

export interface ResolvedWeights {
  /** The tensors as the library has them, by timm's and PYRA's names, in the model's order. */
  readonly own: ReadonlyMap<string, ResolvedTensor>;
  readonly problems: readonly TensorProblem[];
  /** The file's tensors that were not used. */
  readonly unused: readonly string[];
  readonly notes: readonly string[];
  /** Why the file's head is not used, where it has one that does not fit. */
  readonly headless: string | undefined;
}

/** Matches an axis of any length. */
const ANY = null;
type ShapePattern = readonly (number | typeof ANY)[];

/** The weights that units train in a block, by the authors' names, in groups of which a file has all or none. */
function trainedBlockShapes(d: number): readonly (readonly (readonly [string, ShapePattern])[])[] {
  return trainedGroups().map((group) =>
    group.map(({ name, shape }) => [name, shape.map((side) => sideLength(side, d, ANY))] as const),
  );
}

function fits(shape: readonly number[], pattern: ShapePattern): boolean {
  return shape.length === pattern.length && pattern.every((length, axis) => length === ANY || length === shape[axis]);
}

const patternText = (pattern: ShapePattern): string => `[${pattern.map((length) => length ?? 'any').join(', ')}]`;

class Collector {
  readonly tensors = new Map<string, ResolvedTensor>();
  readonly problems: TensorProblem[] = [];
  readonly notes: string[] = [];
  readonly used = new Set<string>();
  /** The tensors of the model that were looked for, found or not. */
  readonly known = new Set<string>();

  constructor(
    readonly map: NameMap,
    readonly file: NamedFileView,
  ) {}

  add(name: string, resolution: Resolution, pattern: ShapePattern): void {
    const file = this.file.store.name;
    const sources = resolution.kind === 'tensor' ? resolution.sources : [resolution.source, ...(resolution.partners ?? [])];
    for (const source of sources) this.known.add(source);
    if (resolution.kind === 'missing') {
      const { source } = resolution;
      const message = `${file}: has no tensor '${source}'${source === name ? '' : ` (${name})`}`;
      this.problems.push({ code: 'weights.missing-tensor', tensor: source, message });
      return;
    }
    if (resolution.kind === 'misshapen') {
      const { source, found, expected } = resolution;
      const message = `${file}: tensor '${source}' has shape ${shapeText(found)}, and ${expected} was expected`;
      this.problems.push({ code: 'weights.wrong-shape', tensor: source, message });
      return;
    }
    for (const source of resolution.sources) {
      this.used.add(source);
      const type = this.file.store.tensors.get(source)?.type;
      if (type === undefined || isWeightType(type)) continue;
      const message = `${file}: tensor '${source}' has type ${type}, and weights are F32, F16, BF16 or F64; if they were quantised, give the model as it was before`;
      this.problems.push({ code: 'file.unsupported', tensor: source, message });
      return;
    }
    if (!fits(resolution.shape, pattern)) {
      const source = resolution.sources[0] ?? name;
      const whose = resolution.sources.length === 1 && source === name ? `'${source}'` : `'${source}' (${name})`;
      const message = `${file}: tensor ${whose} has shape ${shapeText(resolution.shape)}, and ${patternText(pattern)} was expected`;
      this.problems.push({ code: 'weights.wrong-shape', tensor: source, message });
      return;
    }
    this.tensors.set(name, resolution);
  }

  require(name: string, pattern: ShapePattern): void {
    this.add(name, this.map.resolve(name, this.file), pattern);
  }

  has(name: string): boolean {
    return this.map.resolve(name, this.file).kind !== 'missing';
  }

  optional(name: string, pattern: ShapePattern): void {
    if (this.has(name)) this.require(name, pattern);
  }

  /** Requires all tensors of a group or none. */
  requireTogether(prefix: string, group: readonly (readonly [string, ShapePattern])[]): void {
    if (!group.some(([name]) => this.has(prefix + name))) return;
    for (const [name, pattern] of group) this.require(prefix + name, pattern);
  }
}

/**
 * Resolves every tensor of the model and lists those that are missing, have a wrong shape, belong to another computation, or are left over.
 */
export function resolveWeights(map: NameMap, file: NamedFileView, dimensions: Dimensions): ResolvedWeights {
  const { embedDim: d, patchSize, depth, distilled, registers, grid, embeddedTokens } = dimensions;
  const collector = new Collector(map, file);
  collector.require('cls_token', [1, 1, d]);
  if (distilled) collector.require('dist_token', [1, 1, d]);
  if (registers > 0) collector.require('reg_token', [1, registers, d]);
  collector.require('pos_embed', [1, grid * grid + embeddedTokens, d]);
  const outer = outerShapes({ embedDim: d, patchSize });
  for (const [name, shape] of outer.embedding) collector.require(name, shape);
  if (embeddedTokens === 0) collector.notes.push('The class token has no position embedding; a row of zeros stands for it.');

  const blocks = Array.from({ length: depth }, (_, index) => `blocks.${index}.`);
  const noBias = blocks.every((block) => !collector.has(`${block}attn.qkv.bias`));
  if (noBias) collector.notes.push('The query, key and value layers have no bias; zeros stand for it.');
  for (const block of blocks) {
    for (const [name, pattern] of blockShapes(dimensions)) {
      if (!(noBias && name === 'attn.qkv.bias')) collector.require(block + name, pattern);
    }
    collector.optional(`${block}ls1.gamma`, [d]);
    collector.optional(`${block}ls2.gamma`, [d]);
    for (const group of trainedBlockShapes(d)) collector.requireTogether(block, group);
  }
  for (const [name, shape] of outer.norm) collector.require(name, shape);
  const headless = addHeads(collector, dimensions);
  requireInnerWidths(collector, blocks);
  const left = [...file.store.tensors.keys()].filter((name) => !collector.used.has(name));
  const strange = left.filter((name) => !collector.known.has(name)).flatMap((name) => blockFeature(map, file, name) ?? []);
  const others: TensorProblem[] = strange.map(({ tensor, feature }) => ({
    code: 'weights.unsupported-architecture',
    tensor,
    message: `${file.store.name}: the model has ${feature} (tensor '${tensor}'), which is not supported`,
  }));
  return {
    own: collector.tensors,
    problems: [...others, ...collector.problems],
    unused: left,
    notes: collector.notes,
    headless,
  };
}

/**
 * Adds the heads, where they are linear layers of the class token. Any other head is left out rather than refused, because each task gets a
 * new head anyway. Returns why it was left out.
 */
function addHeads(collector: Collector, { embedDim: d, distilled }: Dimensions): string | undefined {
  const { file, map } = collector;
  const between = [...file.localNames()].find((name) => /^pre_logits\b/.test(name));
  let why: string | undefined;
  for (const name of distilled ? (['head', 'head_dist'] as const) : (['head'] as const)) {
    const head = map.head(name, file);
    if (head === 'none') {
      if (name === 'head') collector.notes.push('The file has no head; a new one is made for each task.');
      continue;
    }
    if (head === 'no linear layer') {
      why = `its ${name === 'head' ? 'head' : 'second head'} is no single linear layer`;
      continue;
    }
    const { weight, bias } = head;
    const inputs = weight.kind === 'tensor' ? weight.shape[1] : undefined;
    if (between !== undefined) {
      why = `a layer with a tanh lies between the class token and its head ('${file.sourceOf(between)}', pre_logits), and it is not computed`;
    } else if (inputs === 2 * d) {
      why = `its head takes the class token beside the patches' mean (${inputs} inputs), and that mean is not computed`;
    } else {
      collector.add(`${name}.weight`, weight, [ANY, d]);
      if (bias.kind === 'missing') collector.notes.push(`The ${name} has no bias; zeros stand for it.`);
      else collector.add(`${name}.bias`, bias, [collector.tensors.get(`${name}.weight`)?.shape[0] ?? ANY]);
    }
  }
  if (why !== undefined) collector.notes.push(`The head is left out: ${why}. A new one is made for each task.`);
  return why;
}

/** A unit's own size (LoRA's rank, the adapter's width) must be the same in all of its tensors. */
function requireInnerWidths(collector: Collector, blocks: readonly string[]): void {
  const pairs = trainedGroups().flatMap((group) => {
    const [first, ...others] = group.filter(({ shape }) => shape.includes('size'));
    return others.map(({ name, shape }) => [first?.name ?? name, name, shape.indexOf('size')] as const);
  });
  for (const block of blocks) {
    for (const [first, second, axis] of pairs) {
      const width = collector.tensors.get(block + first)?.shape[0];
      const shape = collector.tensors.get(block + second)?.shape;
      if (width === undefined || shape === undefined || shape[axis] === width) continue;
      const message = `${collector.file.store.name}: tensor '${block}${second}' has shape ${shapeText(shape)}, which does not fit the ${width} rows of '${block}${first}'`;
      collector.problems.push({ code: 'weights.wrong-shape', tensor: block + second, message });
    }
  }
}

/**
 * The tensors that the network computes with, made from those of the library: biases and rows of `pos_embed` (class token, distillation
 * token, registers, patches) that the library lacks become zeros, and LayerScale is folded in.
 */
export function completeWeights(own: ReadonlyMap<string, ResolvedTensor>, dimensions: Dimensions): Map<string, ResolvedTensor> {
  const { embedDim: d, depth, distilled, grid, embeddedTokens } = dimensions;
  const tensors = foldLayerScales(own);
  for (let block = 0; block < depth; block++) {
    const name = `blocks.${block}.attn.qkv.bias`;
    if (!tensors.has(name)) tensors.set(name, zeros([3 * d]));
  }
  for (const head of ['head', 'head_dist']) {
    const classes = tensors.get(`${head}.weight`)?.shape[0];
    if (classes !== undefined && !tensors.has(`${head}.bias`)) tensors.set(`${head}.bias`, zeros([classes]));
  }
  const stored = own.get('pos_embed');
  const before = protectedTokens(dimensions);
  if (stored === undefined || embeddedTokens === before) return tensors;
  const kept = Math.min(embeddedTokens, distilled ? 2 : 1);
  const rows = before + grid * grid;
  tensors.set('pos_embed', {
    shape: [1, rows, d],
    read: async () => {
      const { data } = await stored.read();
      const padded = new Float32Array(rows * d);
      padded.set(data.subarray(0, kept * d));
      padded.set(data.subarray(embeddedTokens * d), before * d);
      return { shape: [1, rows, d], data: padded };
    },
  });
  return tensors;
}

function zeros(shape: readonly number[]): ResolvedTensor {
  return { shape, read: async () => ({ shape, data: new Float32Array(shape.reduce((product, length) => product * length, 1)) }) };
}

/** Throws `file.damaged` where elements are infinite or no numbers: whatever is computed from them would be neither. */
function requireFinite(file: string, name: string, data: Float32Array): void {
  // The product with 0 is 0 for finite numbers only.
  let sum = 0;
  for (const value of data) sum += value * 0;
  if (sum === 0) return;
  const odd = data.reduce((count, value) => (Number.isFinite(value) ? count : count + 1), 0);
  const message = `${file}: tensor '${name}' has ${odd} of ${data.length} elements that are not finite, so nothing can be computed with it; the file is damaged, or its training had diverged`;
  throw new PlaygroundError('file.damaged', message, { subject: name });
}

/** A reader over resolved tensors. Elements are checked to be finite, and as many as the shape says. */
export function readerOf(
  file: string,
  tensors: ReadonlyMap<string, ResolvedTensor>,
  own?: ReadonlyMap<string, ResolvedTensor>,
): WeightReader {
  return {
    names: () => [...tensors.keys()],
    shape: (name) => tensors.get(name)?.shape,
    async read(name) {
      const tensor = tensors.get(name);
      if (!tensor) throw new PlaygroundError('weights.missing-tensor', `${file}: has no tensor '${name}'`, { subject: name });
      const read = await tensor.read();
      if (!sameShape(read.shape, tensor.shape)) {
        throw new PlaygroundError('internal', `${file}: tensor '${name}' was read with shape ${shapeText(read.shape)}`, {
          subject: name,
        });
      }
      requireFinite(file, name, read.data);
      return read;
    },
    ...(own ? { own: readerOf(file, own) } : {}),
  };
}

/** Throws the first problem as an error, saying how many more there are. */
export function requireNoProblems(problems: readonly TensorProblem[]): void {
  const [first] = problems;
  if (!first) return;
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more tensors do not fit)`;
  throw new PlaygroundError(first.code, first.message + more, { subject: first.tensor });
}
