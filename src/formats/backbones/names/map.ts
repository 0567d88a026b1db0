import type { StoredTensor, TensorStore } from '../../../containers/tensor-store.js';
import type { RowRange } from '../../../containers/strided.js';
import type { Normalisation } from '../said/types.js';
import type { NamedTensor } from '../../../containers/tensors.js';

/** A timm tensor as it is made from a file's tensors, or the reason why it cannot be. */
export type Resolution =
  | {
      readonly kind: 'tensor';
      readonly shape: readonly number[];
      /** The file's tensors that it was made from. */
      readonly sources: readonly string[];
      read(): Promise<NamedTensor>;
    }
  | { readonly kind: 'missing'; readonly source: string; readonly partners?: readonly string[] }
  | {
      readonly kind: 'misshapen';
      readonly source: string;
      readonly found: readonly number[];
      readonly expected: string;
      /** The file's other tensors that it would have been made from. */
      readonly partners?: readonly string[];
    };

/** The head, and DeiT's second one, of the distillation token. */
export type HeadName = 'head' | 'head_dist';

/** A head in a file: there is none, it is not a single linear layer, or its weight and its bias (which may be missing). */
export type Head = 'none' | 'no linear layer' | { readonly weight: Resolution; readonly bias: Resolution };

/** One naming scheme for a vision transformer's weights, mapped to timm's names. */
export interface NameMap {
  /** For example `Hugging Face ViT`. */
  readonly format: string;
  /** Tensors that a file in this scheme has, the most reliable first. They tell the prefix of the file's names. */
  readonly anchors: readonly string[];
  /** Prefixes to prefer where a file has several copies of the tensors. */
  readonly preferredPrefixes: readonly string[];
  /** Tensors that show an unsupported model, each with the feature's name for a sentence. */
  readonly unsupported: readonly { readonly tensor: RegExp; readonly feature: string }[];
  /** Number of blocks, 0 where none is found. */
  depth(file: NamedFileView): number;
  /** The tensor of that timm name, in timm's form of the model: LayerScale as `ls1.gamma` and `ls2.gamma`, registers as `reg_token`. */
  resolve(timmName: string, file: NamedFileView): Resolution;
  /** Matches a tensor inside a block; its only group is the name within the block. */
  readonly insideBlock: RegExp;
  head(head: HeadName, file: NamedFileView): Head;
  readonly layerNormEpsilon: number;
  /** Whether the library resamples positions to another grid with antialiasing. */
  antialiasedPositions(tokens: { readonly registers: number }): boolean;
  /** How pixels are normalised, where that is the same for all files of this scheme. */
  readonly normalisation?: Normalisation;
  /** The number of attention heads, where the shapes tell it. */
  attentionHeads?(file: NamedFileView): number | undefined;
}

/** A store's tensors below a prefix, and the ways in which name maps combine them. */
export class NamedFileView {
  readonly #counts = new Map<RegExp, number>();

  constructor(
    readonly store: TensorStore,
    readonly prefix: string,
    /** Another prefix under which some of the names stand. */
    readonly beside: string | null = null,
  ) {}

  get(local: string): StoredTensor | undefined {
    return this.store.tensors.get(this.sourceOf(local));
  }

  /** The whole name of a tensor below the prefix, or under the other prefix if it stands there (as transformers writes MSN's blocks). */
  sourceOf(local: string): string {
    const below = this.prefix + local;
    return this.beside !== null && !this.store.tensors.has(below) && this.store.tensors.has(this.beside + local)
      ? this.beside + local
      : below;
  }

  /** A whole name without the prefix; undefined where it does not start with it. */
  localOf(source: string): string | undefined {
    if (source.startsWith(this.prefix)) return source.slice(this.prefix.length);
    return this.beside !== null && source.startsWith(this.beside) ? source.slice(this.beside.length) : undefined;
  }

  /** The names below the prefix, with the prefix removed. */
  *localNames(): Iterable<string> {
    for (const name of this.store.tensors.keys()) {
      const local = this.localOf(name);
      if (local !== undefined) yield local;
    }
  }

  /** One more than the largest number that the pattern's first group captures in any name. */
  count(pattern: RegExp): number {
    const known = this.#counts.get(pattern);
    if (known !== undefined) return known;
    let count = 0;
    for (const name of this.localNames()) {
      const index = pattern.exec(name)?.[1];
      if (index !== undefined) count = Math.max(count, Number(index) + 1);
    }
    this.#counts.set(pattern, count);
    return count;
  }

  /** The first of the names that exists in the file, else the first of them. */
  firstOf(locals: readonly string[]): string {
    return locals.find((local) => this.get(local) !== undefined) ?? locals[0] ?? '';
  }

  copy(local: string): Resolution {
    return this.copyAbsolute(this.sourceOf(local));
  }

  /** As {@link copy}, by the tensor's whole name. */
  copyAbsolute(source: string): Resolution {
    const tensor = this.store.tensors.get(source);
    if (!tensor) return { kind: 'missing', source };
    return { kind: 'tensor', shape: tensor.shape, sources: [source], read: () => this.store.read(source) };
  }

  /** Makes one tensor out of several. Each must exist and have `rank` axes. Where a row of a stack is meant, that row must have them. */
  combine(
    locals: readonly string[],
    rank: number,
    shapeOf: (shapes: readonly (readonly number[])[]) => readonly number[],
    dataOf: (tensors: readonly NamedTensor[]) => Float32Array<ArrayBuffer>,
    row?: number,
  ): Resolution {
    const sources = locals.map((local) => this.sourceOf(local));
    const shapes: (readonly number[])[] = [];
    const rows: RowRange | undefined = row === undefined ? undefined : { first: row, count: 1 };
    for (const source of sources) {
      const tensor = this.store.tensors.get(source);
      if (!tensor) return { kind: 'missing', source, partners: sources };
      const shape = rows ? tensor.shape.slice(1) : tensor.shape;
      if (shape.length !== rank || (rows && (tensor.shape[0] ?? 0) <= rows.first)) {
        const axes = `${rank + (rows ? 1 : 0)} axes${rows ? ` and more than ${rows.first} rows` : ''}`;
        return { kind: 'misshapen', source, found: tensor.shape, expected: axes, partners: sources };
      }
      shapes.push(shape);
    }
    const [first] = shapes;
    const odd = shapes.findIndex((shape) => shape.some((length, axis) => length !== first?.[axis]));
    if (odd > 0) {
      return {
        kind: 'misshapen',
        source: sources[odd] ?? '',
        found: shapes[odd] ?? [],
        expected: `[${first?.join(', ') ?? ''}]`,
        partners: sources,
      };
    }
    const shape = shapeOf(shapes);
    return {
      kind: 'tensor',
      shape,
      sources,
      read: async () => {
        const tensors: NamedTensor[] = [];
        for (const [index, source] of sources.entries()) {
          const { data } = await this.store.read(source, rows);
          tensors.push({ shape: shapes[index] ?? [], data });
        }
        return { shape, data: dataOf(tensors) };
      },
    };
  }
}

/**
 * The head under the first of these whole names under which any tensor stands: a linear layer, or a sequence with exactly one linear layer
 * and others without weights.
 */
export function linearHead(file: NamedFileView, names: readonly string[]): Head {
  for (const name of names) {
    const below = [...file.store.tensors.keys()].filter((tensor) => tensor.startsWith(`${name}.`));
    const layers = new Set(below.map((tensor) => tensor.slice(0, tensor.lastIndexOf('.'))));
    const [layer] = layers;
    if (layer === undefined) continue;
    const linear =
      layers.size === 1 && below.every((tensor) => /\.(weight|bias)$/.test(tensor)) && below.includes(`${layer}.weight`);
    if (!linear) return 'no linear layer';
    return { weight: file.copyAbsolute(`${layer}.weight`), bias: file.copyAbsolute(`${layer}.bias`) };
  }
  return 'none';
}

/** Tensors of one shape, one after another along the first axis: q, k, v to qkv. */
export function concatenate(tensors: readonly NamedTensor[]): Float32Array<ArrayBuffer> {
  const data = new Float32Array(tensors.reduce((sum, tensor) => sum + tensor.data.length, 0));
  let offset = 0;
  for (const tensor of tensors) {
    data.set(tensor.data, offset);
    offset += tensor.data.length;
  }
  return data;
}

/** Writes the transpose of a row-major `rows` x `columns` matrix into `into` at `offset`. */
export function transposeInto(
  into: Float32Array<ArrayBuffer>,
  offset: number,
  matrix: Float32Array<ArrayBuffer>,
  rows: number,
  columns: number,
): void {
  // The copy goes in tiles, so that reads and writes both stay in the processor's cache.
  const tile = 32;
  for (let top = 0; top < rows; top += tile) {
    const bottom = Math.min(rows, top + tile);
    for (let left = 0; left < columns; left += tile) {
      const right = Math.min(columns, left + tile);
      for (let column = left; column < right; column++) {
        for (let row = top; row < bottom; row++) into[offset + column * rows + row] = matrix[row * columns + column] ?? 0;
      }
    }
  }
}
