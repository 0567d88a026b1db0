import type { StoredTensor, TensorStore } from '../../../containers/tensor-store.js';
import type { RowRange } from '../../../containers/strided.js';
import type { Normalisation } from '../said/types.js';
import type { NamedTensor } from '../../../containers/tensors.js';

/** A timm tensor as it comes out of a file, or why it does not. */
export type Resolution =
  | {
      readonly kind: 'tensor';
      readonly shape: readonly number[];
      /** The file's tensors that went into it. */
      readonly sources: readonly string[];
      read(): Promise<NamedTensor>;
    }
  | { readonly kind: 'missing'; readonly source: string; readonly partners?: readonly string[] }
  | {
      readonly kind: 'misshapen';
      readonly source: string;
      readonly found: readonly number[];
      readonly expected: string;
      /** The file's tensors that would have gone into it. */
      readonly partners?: readonly string[];
    };

/** The head, and DeiT's second one, of the distillation token. */
export type HeadName = 'head' | 'head_dist';

/** A head as it comes out of a file: there is none, it is no single linear layer, or its weight and its bias (which may be missing). */
export type Head = 'none' | 'no linear layer' | { readonly weight: Resolution; readonly bias: Resolution };

/** One custom of naming a vision transformer's weights, mapped to timm's. */
export interface NameMap {
  /** For example `Hugging Face ViT`. */
  readonly format: string;
  /** Tensors that a file of this form has, the surest first: their prefix is the file's. */
  readonly anchors: readonly string[];
  /** Prefixes to prefer where several parts of a file look alike. */
  readonly preferredPrefixes: readonly string[];
  /** What makes the model one that is not supported: a tensor that such a model has, and its name in a sentence. */
  readonly unsupported: readonly { readonly tensor: RegExp; readonly feature: string }[];
  /** Number of blocks, 0 where none is found. */
  depth(file: NamedFileView): number;
  /** By timm's names as timm itself has the model: LayerScale as `ls1.gamma` and `ls2.gamma`, register tokens as `reg_token`. */
  resolve(timmName: string, file: NamedFileView): Resolution;
  /** What a tensor inside a block is called there, as the only group. */
  readonly insideBlock: RegExp;
  head(head: HeadName, file: NamedFileView): Head;
  readonly layerNormEpsilon: number;
  /** Whether the library carries positions to another grid with antialiasing. */
  antialiasedPositions(tokens: { readonly registers: number }): boolean;
  /** How pixels are normalised, where all files of this form have it alike. */
  readonly normalisation?: Normalisation;
  /** Attention heads, where the shapes say. */
  attentionHeads?(file: NamedFileView): number | undefined;
}

/** A store's tensors below a prefix, with the few ways in which name maps combine them. */
export class NamedFileView {
  readonly #counts = new Map<RegExp, number>();

  constructor(
    readonly store: TensorStore,
    readonly prefix: string,
    /** Where some of the names stand instead. */
    readonly beside: string | null = null,
  ) {}

  get(local: string): StoredTensor | undefined {
    return this.store.tensors.get(this.sourceOf(local));
  }

  /** The whole name of a tensor below the prefix, or beside it where it lies there (transformers writes MSN's blocks so). */
  sourceOf(local: string): string {
    const below = this.prefix + local;
    return this.beside !== null && !this.store.tensors.has(below) && this.store.tensors.has(this.beside + local)
      ? this.beside + local
      : below;
  }

  /** A whole name without what it stands below; undefined where it stands elsewhere. */
  localOf(source: string): string | undefined {
    if (source.startsWith(this.prefix)) return source.slice(this.prefix.length);
    return this.beside !== null && source.startsWith(this.beside) ? source.slice(this.beside.length) : undefined;
  }

  /** Names below the prefix, without it. */
  *localNames(): Iterable<string> {
    for (const name of this.store.tensors.keys()) {
      const local = this.localOf(name);
      if (local !== undefined) yield local;
    }
  }

  /** One more than the largest number that `pattern`'s first group captures in a name. */
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

  /** The first of the names that is there, else the first. */
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

  /**
   * One tensor out of several. Each must be there with `rank` axes (of the rows, where a row of a stack is meant, whose axis
   * then falls away).
   */
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
 * The head under the first of several names, each a whole one, that anything lies under: a linear layer, or a sequence with one linear
 * layer and others without weights.
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
  // In tiles, so that both sides stay in the processor's cache.
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
