import type { Activation, Dropout } from '../../../plan/operation.js';
import { elementBytes, type Tensor } from '../../../plan/tensor.js';
import type { Gpu } from '../device.js';
import { defineKernel, flatGrid, type CellWidth } from '../kernel.js';
import type { Candidate, Lowering } from '../lowering.js';
import { columnsOf, orderedCandidates, rowsOf, type ProductCandidate, type Tile } from '../candidates/product.js';

const contract = {
  includes: ['common/grid', 'common/random', 'common/gelu', 'linear/epilogue'],
  wide: ['common/cell', 'common/keep'],
  forms: { float: () => 'linear/weight-float', half: (cell: CellWidth) => `linear/weight-half${cell}` },
  buffers: { a: 'read', weight: 'read', bias: 'read', residual: 'read', aux: 'update', out: 'update' },
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
  },
  step: true,
} as const;

const kernels = {
  registers: defineKernel({ shader: 'linear/registers', ...contract }),
  tiled: defineKernel({ shader: 'linear/tiled', ...contract }),
  scalar: defineKernel({ shader: 'linear/scalar', ...contract }),
};

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
}

const known = new WeakMap<Gpu, readonly ProductCandidate[]>();

/** The candidates of a device, the likeliest winners first. */
function candidatesOf(gpu: Gpu): readonly ProductCandidate[] {
  let candidates = known.get(gpu);
  if (!candidates) {
    candidates = orderedCandidates(gpu.adapter, gpu.device.limits);
    known.set(gpu, candidates);
  }
  return candidates;
}

/** Lowers a product to the fastest candidate on this adapter, as far as measured. */
export function lowerProduct(lowering: Lowering, product: Product): void {
  const { columns, depth } = product;
  if (columns % 4 !== 0 || depth % 4 !== 0) {
    dispatchScalar(lowering, product);
    return;
  }
  const candidates = candidatesOf(lowering.gpu);
  const chosen = lowering.choose(productClass(product), () =>
    candidates.map((candidate) => trial(lowering.gpu, product, candidate)),
  );
  dispatchProduct(lowering, product, candidates.find(({ name }) => name === chosen) ?? candidates[0]);
}

const constantsOf = (product: Product) => ({ TRANSPOSED: product.transposed ? 1 : 0, ACTIVATION: product.activation });

function dispatchScalar(lowering: Lowering, product: Product): void {
  const { rows, columns } = product;
  lowering.dispatch(kernels.scalar, {
    ...callOf(lowering, product),
    constants: constantsOf(product),
    cell: 1,
    grid: flatGrid(rows * columns, 64),
  });
}

function dispatchProduct(lowering: Lowering, product: Product, candidate: ProductCandidate | undefined): void {
  const { rows, columns } = product;
  const common = { ...callOf(lowering, product), cell: 4 } as const;
  const tile = candidate?.tile;
  if (!tile) {
    const grid = flatGrid(Math.ceil(rows / 8) * Math.ceil(columns / 8), 64);
    lowering.dispatch(kernels.registers, { ...common, constants: constantsOf(product), grid });
    return;
  }
  lowering.dispatch(kernels.tiled, {
    ...common,
    constants: { ...constantsOf(product), ...tileConstants(tile) },
    grid: [Math.ceil(columns / columnsOf(tile)), Math.ceil(rows / rowsOf(tile)), 1],
  });
}

/** The `override` constants of `shaders/linear/tiled.wgsl`. */
function tileConstants(tile: Tile) {
  const { across, down, step, padded, double } = tile;
  return {
    ...{ ACROSS: across, DOWN: down, STEP: step, PAD: padded ? 1 : 0, TILES: double ? 2 : 1, DOUBLE: double ? 1 : 0 },
    ...{ WIDE_ROWS: tile.rows === 8 ? 1 : 0, WIDE_CELLS: tile.columns === 8 ? 1 : 0 },
    ...{ QUADS: rowsOf(tile) / 4, CELLS: columnsOf(tile) / 4 },
  };
}

function callOf(lowering: Lowering, product: Product) {
  const { label, a, weight, bias, residual, aux, out, rows, columns, depth, drop, dropPath } = product;
  return {
    label,
    buffers: {
      ...{ a, weight, bias: bias ?? lowering.unused, residual: residual ?? lowering.unused },
      ...{ aux: aux ?? lowering.unusedWrite(), out },
    },
    uniforms: {
      ...{ rows, columns, depth, flags: flagsOf(product) },
      ...{ rowsPerImage: dropPath?.rowsPerImage ?? rows / lowering.images, dropSite: drop?.site ?? 0, dropout: drop?.p ?? 0 },
      ...{ pathSite: dropPath?.site ?? 0, dropPath: dropPath?.p ?? 0 },
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

/** The class of products with a common choice: the same shape of the weight, and rows within a factor of eight. */
export function productClass({ transposed, rows, columns, depth }: ProductSizes): string {
  const most = 8 ** Math.ceil(Math.log(Math.max(1, rows)) / Math.log(8));
  return `linear ${transposed ? 'forward' : 'backward'} rows<=${most} ${columns}x${depth}`;
}

/** A trial does this fraction of a submission's work, which is enough to stand out from noise. */
const TRIALS_A_SUBMISSION = 5;

/** A candidate on its own tensors, with few enough rows for a short trial. */
function trial(gpu: Gpu, sizes: ProductSizes, candidate: ProductCandidate): Candidate {
  const { columns, depth } = sizes;
  const most = gpu.throughput.macsPerSubmission / TRIALS_A_SUBMISSION;
  const rows = Math.max(8, Math.min(sizes.rows, Math.ceil(most / (columns * depth))));
  return alone({ ...sizes, rows }, candidate);
}

function alone({ rows, columns, depth, transposed }: ProductSizes, candidate: ProductCandidate): Candidate {
  return {
    name: candidate.name,
    lower: (lowering) => {
      const tensors = {
        a: lowering.scratch('a', rows * depth),
        weight: lowering.scratch('weight', columns * depth),
        out: lowering.scratch('out', rows * columns),
        ...{ bias: undefined, aux: undefined, residual: undefined },
      };
      const plain = { accumulate: false, activation: 0, saves: false, drop: null, dropPath: null };
      const product = { label: candidate.name, ...tensors, transposed, rows, columns, depth, ...plain };
      dispatchProduct(lowering, product, candidate);
    },
  };
}

/** All candidates for a product of these sizes, with all of its rows. */
export const productTrials = (gpu: Gpu, sizes: ProductSizes): Candidate[] =>
  candidatesOf(gpu).map((candidate) => alone(sizes, candidate));
