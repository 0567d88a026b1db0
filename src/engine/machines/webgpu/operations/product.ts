import type { Activation, Dropout } from '../../../plan/operation.js';
import { elementBytes, type Tensor } from '../../../plan/tensor.js';
import type { Gpu } from '../device.js';
import { defineKernel, flatGrid, type Access, type CellWidth, type Kernel } from '../kernel.js';
import type { Candidate, Lowering, Normed } from '../lowering.js';
import { inRows } from '../parts.js';
import { columnsOf, orderedCandidates, rowsOf, type ProductCandidate, type Strip, type Tile } from '../candidates/product.js';

const contract = {
  includes: ['common/grid', 'common/random', 'common/gelu', 'linear/epilogue'],
  wide: ['common/cell', 'common/keep'],
  forms: { float: () => 'linear/weight-float', half: (cell: CellWidth) => `linear/weight-half${cell}` },
  uniforms: {
    rows: 'u32',
    columns: 'u32',
    depth: 'u32',
    flags: 'u32',
    rowsPerImage: 'u32',
    dropSite: 'u32',
    dropout: 'f32',
    pathSite: 'u32',
    dropPath: 'f32',
    aStride: 'u32',
    firstDepth: 'u32',
    outStride: 'u32',
    firstColumn: 'u32',
  },
  step: true,
} as const;

/** The rows of a as they are stored. */
const plain = {
  includes: [...contract.includes, 'linear/rows'],
  buffers: { a: 'read', weight: 'read', bias: 'read', residual: 'read', aux: 'update', out: 'update' },
} as const;

/** Rows that are normalised as they are read. */
const normed = {
  includes: [...contract.includes, 'linear/normed-rows'],
  buffers: {
    a: 'read',
    weight: 'read',
    bias: 'read',
    stats: 'read',
    aux: 'update',
    out: 'update',
    gamma: 'read',
    beta: 'read',
  },
} as const;

const scalar = defineKernel({ shader: 'linear/scalar', ...contract, ...plain });

/** The kernels of the candidates, for one way to read rows. */
function defineProduct<const B extends string>(rows: {
  readonly includes: readonly string[];
  readonly buffers: Readonly<Record<B, Access>>;
}) {
  const declaration = { ...contract, ...rows, includes: [...rows.includes, 'linear/blocks'] };
  return {
    registers: defineKernel({ shader: 'linear/registers', ...declaration }),
    tiled: defineKernel({ shader: 'linear/tiled', ...declaration }),
    broadcast: defineKernel({ shader: 'linear/broadcast', ...declaration, enables: ['subgroups'] }),
  };
}

const kernels = { plain: defineProduct(plain), normed: defineProduct(normed) };

/** The numbers of `ACTIVATION` in `shaders/linear/epilogue.wgsl`. */
export const ACTIVATIONS: Record<Activation, { readonly forward: number; readonly backward: number }> = {
  gelu: { forward: 1, backward: 3 },
  'quick-gelu': { forward: 2, backward: 4 },
};
export const ADD_AUX = 5;

/** The bits of `flags` there. */
const FLAGS = { accumulate: 1, bias: 2, save: 4, drop: 8, dropPath: 16, residual: 32 } as const;

/** A product for the linear kernels, in the forward or the backward: out = epilogue(a w), where w is `weight` or its transpose. */
export interface Product {
  readonly label: string;
  readonly a: Tensor;
  readonly weight: Tensor;
  /** Whether `weight` is [columns, depth], as in checkpoints, rather than [depth, columns]. */
  readonly transposed: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly out: Tensor;
  readonly accumulate: boolean;
  readonly bias: Tensor | undefined;
  readonly activation: number;
  /** The sum before the activation, which the forward writes and the backward reads; with `ADD_AUX` a tensor to add. */
  readonly aux: Tensor | undefined;
  readonly saves: boolean;
  readonly drop: Dropout | null;
  readonly dropPath: (Dropout & { readonly rowsPerImage: number }) | null;
  readonly residual: Tensor | undefined;
  /** The norm of a's rows, where it is computed as they are read. */
  readonly norm?: Normed | undefined;
  /** Of a part of a product: where it begins in the rows of `out` and of `a`, and their whole lengths. */
  readonly within?: Within;
}

interface Within {
  readonly outStride: number;
  readonly firstColumn: number;
  readonly aStride: number;
  readonly firstDepth: number;
}

const known = new WeakMap<Gpu, readonly ProductCandidate[]>();

/** The candidates of a device, the likeliest winners first. */
function candidatesOf(gpu: Gpu): readonly ProductCandidate[] {
  let candidates = known.get(gpu);
  if (!candidates) {
    candidates = orderedCandidates(gpu.adapter, gpu.device.limits, gpu.smallestSubgroup > 0);
    known.set(gpu, candidates);
  }
  return candidates;
}

/** Whether a product has candidates: its rows can be read four numbers at a time. */
export const hasCandidates = ({ columns, depth }: Pick<Product, 'columns' | 'depth'>): boolean =>
  columns % 4 === 0 && depth % 4 === 0;

/** The fastest candidate for a product on this adapter, as far as measured. */
export function chooseProduct(lowering: Lowering, sizes: ProductSizes): ProductCandidate | undefined {
  const candidates = candidatesOf(lowering.gpu);
  const chosen = lowering.choose(productClass(sizes), () => candidates.map((candidate) => trial(lowering.gpu, sizes, candidate)));
  return candidates.find(({ name }) => name === chosen) ?? candidates[0];
}

export function lowerProduct(lowering: Lowering, product: Product): void {
  const parts = partsOf(lowering.gpu, product);
  if (!hasCandidates(product)) {
    for (const part of parts) dispatchScalar(lowering, part);
    return;
  }
  const candidate = chooseProduct(lowering, parts[0] ?? product);
  const norm = lowering.normed.get(product.a);
  for (const part of parts) dispatchProduct(lowering, norm ? { ...part, a: norm.x, norm } : part, candidate);
}

/**
 * A product as it is, or in parts where its weight exceeds the largest binding. Of a weight [N, K] each part computes some columns of the
 * result. Of a weight [K, N] each part adds some of K to the sum, and the last one finishes it.
 */
function partsOf(gpu: Gpu, product: Product): Product[] {
  const { weight, transposed, columns, depth } = product;
  const pieces = inRows(gpu, weight, transposed ? depth : columns);
  if (pieces.length === 1) return [product];
  const within = { outStride: columns, firstColumn: 0, aStride: depth, firstDepth: 0 };
  return pieces.map(({ piece, first, rows }, index) => {
    const own = { ...product, label: `${product.label} part ${index}`, weight: piece };
    if (transposed) return { ...own, columns: rows, within: { ...within, firstColumn: first } };
    const part = { ...own, depth: rows, within: { ...within, firstDepth: first } };
    const accumulate = product.accumulate || index > 0;
    if (index === pieces.length - 1) return { ...part, accumulate };
    return { ...part, accumulate, ...UNFINISHED };
  });
}

/** Whether a product's weight fits a binding. */
export const isWhole = (gpu: Gpu, product: Product): boolean => partsOf(gpu, product).length === 1;

/** What the epilogue of a sum that goes on leaves out. */
const UNFINISHED = {
  ...{ bias: undefined, activation: 0, aux: undefined, saves: false, drop: null, dropPath: null, residual: undefined },
} as const;

const constantsOf = (product: Product) => ({ TRANSPOSED: product.transposed ? 1 : 0, ACTIVATION: product.activation });

function dispatchScalar(lowering: Lowering, product: Product): void {
  const { rows, columns } = product;
  lowering.dispatch(scalar, {
    ...callOf(lowering, product),
    buffers: buffersOf(lowering, product),
    constants: constantsOf(product),
    cell: 1,
    grid: flatGrid(rows * columns, 64),
  });
}

/** Lowers a product to one candidate. */
export function dispatchProduct(lowering: Lowering, product: Product, candidate: ProductCandidate | undefined): void {
  const { norm } = product;
  if (!norm) {
    dispatchOne(lowering, product, candidate, kernels.plain, buffersOf(lowering, product));
    return;
  }
  const { stats, gamma, beta } = norm;
  const { residual, ...rest } = buffersOf(lowering, product);
  if (product.residual) throw new Error(`${product.label}: no kernel has a norm and the residual ${residual.label}`);
  dispatchOne(lowering, product, candidate, kernels.normed, { ...rest, stats, gamma, beta });
}

type ProductKernels<B extends string> = Readonly<
  Record<'registers' | 'tiled' | 'broadcast', Kernel<B, keyof (typeof contract)['uniforms']>>
>;

function dispatchOne<B extends string>(
  lowering: Lowering,
  product: Product,
  candidate: ProductCandidate | undefined,
  family: ProductKernels<B>,
  buffers: Readonly<Record<B, Tensor>>,
): void {
  const { rows, columns } = product;
  const common = { ...callOf(lowering, product), buffers, cell: 4 } as const;
  const across = (width: number): number => Math.ceil(columns / width);
  const down = (height: number): number => Math.ceil(rows / height);
  if (candidate?.kernel === 'tiled') {
    const { tile } = candidate;
    lowering.dispatch(family.tiled, {
      ...common,
      constants: { ...constantsOf(product), ...tileConstants(tile) },
      grid: [across(columnsOf(tile)), down(rowsOf(tile)), 1],
    });
  } else if (candidate?.kernel === 'broadcast') {
    const { strip } = candidate;
    lowering.dispatch(family.broadcast, {
      ...common,
      constants: { ...constantsOf(product), ...stripConstants(strip) },
      grid: [across(strip.invocations * strip.columns), down(strip.rows), 1],
    });
  } else {
    lowering.dispatch(family.registers, { ...common, constants: constantsOf(product), grid: flatGrid(down(8) * across(8), 64) });
  }
}

/** The `override` constants of `shaders/linear/broadcast.wgsl`. */
const stripConstants = ({ invocations, rows, columns }: Strip) => ({
  ...{ INVOCATIONS: invocations, WIDE: columns === 8 ? 1 : 0, TALL: rows === 16 ? 1 : 0 },
});

/** The `override` constants of `shaders/linear/tiled.wgsl`. */
function tileConstants(tile: Tile) {
  const { across, down, step, padded, double } = tile;
  return {
    ...{ ACROSS: across, DOWN: down, STEP: step, PAD: padded ? 1 : 0, TILES: double ? 2 : 1, DOUBLE: double ? 1 : 0 },
    ...{ WIDE_ROWS: tile.rows === 8 ? 1 : 0, WIDE_CELLS: tile.columns === 8 ? 1 : 0 },
    ...{ QUADS: rowsOf(tile) / 4, CELLS: columnsOf(tile) / 4 },
  };
}

function buffersOf(lowering: Lowering, { a, weight, bias, residual, aux, out }: Product) {
  return {
    ...{ a, weight, bias: bias ?? lowering.unused, residual: residual ?? lowering.unused },
    ...{ aux: aux ?? lowering.unusedWrite(), out },
  };
}

function callOf(lowering: Lowering, product: Product) {
  const { label, weight, rows, columns, depth, drop, dropPath } = product;
  return {
    label,
    uniforms: {
      ...{ rows, columns, depth, flags: flagsOf(product) },
      ...{ rowsPerImage: dropPath?.rowsPerImage ?? rows / lowering.images, dropSite: drop?.site ?? 0, dropout: drop?.p ?? 0 },
      ...{ pathSite: dropPath?.site ?? 0, dropPath: dropPath?.p ?? 0 },
      ...(product.within ?? { outStride: columns, firstColumn: 0, aStride: depth, firstDepth: 0 }),
    },
    form: isHalf(weight) ? 'half' : 'float',
    macs: rows * columns * depth,
  };
}

const isHalf = (weight: Tensor): boolean => elementBytes(weight) === 2;

function flagsOf({ accumulate, bias, saves, drop, dropPath, residual }: Product): number {
  return (
    (accumulate ? FLAGS.accumulate : 0) |
    (bias ? FLAGS.bias : 0) |
    (saves ? FLAGS.save : 0) |
    (drop ? FLAGS.drop : 0) |
    (dropPath ? FLAGS.dropPath : 0) |
    (residual ? FLAGS.residual : 0)
  );
}

/** The sizes of a product, and whether its weight is [N, K], as in the forward. */
export type ProductSizes = Pick<Product, 'rows' | 'columns' | 'depth' | 'transposed'>;

/** How the names of the classes of products begin. */
const PRODUCT = 'linear ';

export const isProductClass = (key: string): boolean => key.startsWith(PRODUCT);

/** The class of products with a common choice: the same shape of the weight, and rows within a factor of eight. */
export function productClass({ transposed, rows, columns, depth }: ProductSizes): string {
  const most = 8 ** Math.ceil(Math.log(Math.max(1, rows)) / Math.log(8));
  return `${PRODUCT}${transposed ? 'forward' : 'backward'} rows<=${most} ${columns}x${depth}`;
}

/** A trial does this fraction of a submission's work, which is enough to stand out from noise. */
const TRIALS_A_SUBMISSION = 5;

/** Few enough rows of a product for a short trial. */
export function trialRows(gpu: Gpu, { rows, columns, depth }: ProductSizes): number {
  const most = gpu.throughput.macsPerSubmission / TRIALS_A_SUBMISSION;
  return Math.max(8, Math.min(rows, Math.ceil(most / (columns * depth))));
}

/** A candidate on its own tensors. */
const trial = (gpu: Gpu, sizes: ProductSizes, candidate: ProductCandidate): Candidate =>
  alone({ ...sizes, rows: trialRows(gpu, sizes) }, candidate);

function alone(sizes: ProductSizes, candidate: ProductCandidate): Candidate {
  return {
    name: candidate.name,
    lower: (lowering) => dispatchProduct(lowering, plainProduct(lowering, candidate.name, sizes), candidate),
  };
}

/** A product of these sizes on its own tensors, without an epilogue. */
export function plainProduct(lowering: Lowering, label: string, { rows, columns, depth, transposed }: ProductSizes): Product {
  return {
    ...{ label, rows, columns, depth, transposed },
    a: lowering.scratch('a', rows * depth),
    weight: lowering.scratch('weight', columns * depth),
    out: lowering.scratch('out', rows * columns),
    ...{ bias: undefined, aux: undefined, residual: undefined },
    ...{ accumulate: false, activation: 0, saves: false, drop: null, dropPath: null },
  };
}

/** All candidates for a product of these sizes, with all of its rows. */
export const productTrials = (gpu: Gpu, sizes: ProductSizes): Candidate[] =>
  candidatesOf(gpu).map((candidate) => alone(sizes, candidate));
