/** From a file's tensors to the ones that a vision transformer needs, all shapes checked, nothing read yet. */
import { PlaygroundError } from '../../vit/errors.js';
import type { ErrorCode } from '../../vit/errors.js';
import { sideLength } from '../../vit/trained-weights.js';
import { blockShapes, headNames, outerShapes, trainedGroups } from '../../vit/weights.js';
import type { Dimensions } from './architecture.js';
import type { NamedFileView, NameMap, Resolution } from './names/map.js';
import { isWeightType, sameShape, shapeText } from '../../containers/numbers.js';
import type { WeightReader } from '../types.js';
import type { NamedTensor } from '../../containers/tensors.js';

export interface TensorProblem {
  readonly code: Extract<ErrorCode, 'weights.missing-tensor' | 'weights.wrong-shape' | 'file.unsupported'>;
  /** The file's name for the tensor. */
  readonly tensor: string;
  /** One sentence. */
  readonly message: string;
}

export interface ResolvedTensor {
  readonly shape: readonly number[];
  read(): Promise<NamedTensor>;
}

export interface ResolvedWeights {
  /** In the model's order, by timm's and PYRA's names. */
  readonly tensors: ReadonlyMap<string, ResolvedTensor>;
  readonly problems: readonly TensorProblem[];
  /** The file's tensors that nothing was made of. */
  readonly unused: readonly string[];
  readonly notes: readonly string[];
}

/** An axis that any length will do for. */
const ANY = null;
type ShapePattern = readonly (number | typeof ANY)[];

/** What units train in a block, by the authors' names: groups of which all or none are there. */
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

  constructor(
    readonly map: NameMap,
    readonly file: NamedFileView,
  ) {}

  add(name: string, resolution: Resolution, pattern: ShapePattern): void {
    const file = this.file.store.name;
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
      const message = `${file}: tensor '${source}' has type ${type}, and weights are F32, F16, BF16 or F64`;
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

  /** All of a group, or none. */
  requireTogether(prefix: string, group: readonly (readonly [string, ShapePattern])[]): void {
    if (!group.some(([name]) => this.has(prefix + name))) return;
    for (const [name, pattern] of group) this.require(prefix + name, pattern);
  }
}

/** Resolves every tensor of the model, and lists what is missing, has a wrong shape, or is left over. */
export function resolveWeights(map: NameMap, file: NamedFileView, dimensions: Dimensions): ResolvedWeights {
  const { embedDim: d, patchSize, depth, distilled, grid, embeddedTokens } = dimensions;
  const collector = new Collector(map, file);
  collector.require('cls_token', [1, 1, d]);
  if (distilled) collector.require('dist_token', [1, 1, d]);
  addPositions(collector, grid * grid, embeddedTokens, distilled ? 2 : 1, d);
  const outer = outerShapes({ embedDim: d, patchSize });
  for (const [name, shape] of outer.embedding) collector.require(name, shape);

  const blocks = Array.from({ length: depth }, (_, index) => `blocks.${index}.`);
  const noBias = blocks.every((block) => !collector.has(`${block}attn.qkv.bias`));
  if (noBias) collector.notes.push('The query, key and value layers have no bias; zeros stand for it.');
  for (const block of blocks) {
    for (const [name, pattern] of blockShapes(dimensions)) {
      if (noBias && name === 'attn.qkv.bias') collector.tensors.set(block + name, zeros([3 * d]));
      else collector.require(block + name, pattern);
    }
    for (const group of trainedBlockShapes(d)) collector.requireTogether(block, group);
  }
  for (const [name, shape] of outer.norm) collector.require(name, shape);
  headNames({ distilled }).forEach((name, token) => addHead(collector, name, token === 0 ? 'head' : 'distillation head', d));
  requireInnerWidths(collector, blocks);
  return {
    tensors: collector.tensors,
    problems: collector.problems,
    unused: [...file.store.tensors.keys()].filter((name) => !collector.used.has(name)),
    notes: collector.notes,
  };
}

/** A head is replaced for a task of its own: one that is no plain linear layer is left out, not refused. */
function addHead(collector: Collector, head: string, words: string, d: number): void {
  const both = collector.has(`${head}.weight`) && collector.has(`${head}.bias`);
  if (!both) {
    collector.notes.push(`The file has no ${words}; a new one is made for each task.`);
    return;
  }
  collector.require(`${head}.weight`, [ANY, d]);
  collector.require(`${head}.bias`, [collector.tensors.get(`${head}.weight`)?.shape[0] ?? ANY]);
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

/** `pos_embed` with its rows for the class (and distillation) token; where the file has none, they are zero (timm's `no_embed_class`). */
function addPositions(collector: Collector, patches: number, embeddedTokens: number, tokens: number, d: number): void {
  const resolution = collector.map.resolve('pos_embed', collector.file);
  collector.add('pos_embed', resolution, [1, patches + embeddedTokens, d]);
  if (embeddedTokens === tokens || resolution.kind !== 'tensor' || !collector.tensors.has('pos_embed')) return;
  collector.notes.push('The class token has no position embedding; a row of zeros stands for it.');
  collector.tensors.set('pos_embed', {
    shape: [1, tokens + patches, d],
    read: async () => {
      const { data } = await resolution.read();
      const padded = new Float32Array((tokens + patches) * d);
      padded.set(data, tokens * d);
      return { shape: [1, tokens + patches, d], data: padded };
    },
  });
}

function zeros(shape: readonly number[]): ResolvedTensor {
  return { shape, read: async () => ({ shape, data: new Float32Array(shape.reduce((product, length) => product * length, 1)) }) };
}

/** A reader over resolved tensors. Elements are checked to be as many as the shape says. */
export function readerOf(file: string, tensors: ReadonlyMap<string, ResolvedTensor>): WeightReader {
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
      return read;
    },
  };
}

/** Throws the first problem as an error, saying how many more there are. */
export function requireNoProblems(problems: readonly TensorProblem[]): void {
  const [first] = problems;
  if (!first) return;
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more tensors do not fit)`;
  throw new PlaygroundError(first.code, first.message + more, { subject: first.tensor });
}
