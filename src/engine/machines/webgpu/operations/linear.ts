import type { DropPath } from '../../../operations/linear.js';
import type { Activation, Dropout, Operation } from '../../../plan/operation.js';
import type { Tensor } from '../../../plan/tensor.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Candidate, Lowering } from '../lowering.js';
import { cellsOf } from './lanes.js';

const contract = {
  includes: ['common/grid', 'common/random', 'common/gelu', 'linear/epilogue'],
  wide: ['common/cell', 'common/keep'],
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

const weightGradient = defineKernel({
  shader: 'linear/weight-gradient',
  wide: ['common/cell'],
  includes: ['common/grid'],
  buffers: { dout: 'read', a: 'read', partial: 'write' },
  uniforms: { rows: 'u32', columns: 'u32', depth: 'u32', rowsPerChunk: 'u32', chunks: 'u32' },
});

const keepRows = defineKernel({
  shader: 'linear/keep-rows',
  includes: ['common/grid', 'common/random'],
  buffers: { dout: 'read', out: 'write' },
  uniforms: { rows: 'u32', columns: 'u32', rowsPerImage: 'u32', site: 'u32', p: 'f32' },
  step: true,
});

const biasGradient = defineKernel({
  shader: 'linear/bias-gradient',
  includes: ['common/grid'],
  buffers: { dout: 'read', partial: 'write' },
  uniforms: { rows: 'u32', columns: 'u32', rowsPerChunk: 'u32', chunks: 'u32' },
});

const sumChunks = defineKernel({
  shader: 'linear/sum-chunks',
  includes: ['common/grid'],
  buffers: { partial: 'read', out: 'write' },
  uniforms: { length: 'u32', chunks: 'u32' },
});

/** Numbers of `ACTIVATION` in `shaders/linear/epilogue.wgsl`. */
const ACTIVATIONS: Record<Activation, { readonly forward: number; readonly backward: number }> = {
  gelu: { forward: 1, backward: 3 },
  'quick-gelu': { forward: 2, backward: 4 },
};
const ADD_AUX = 5;

/** Bits of `flags` there. */
const FLAGS = { accumulate: 1, bias: 2, save: 4, drop: 8, dropPath: 16, residual: 32 } as const;

/** What the kernels compute, forward or backward: out = epilogue(a w), w being `weight` or its transpose. */
interface Product {
  readonly label: string;
  readonly a: Tensor;
  readonly weight: Tensor;
  /** Whether `weight` is [columns, depth], as checkpoints store it, and not [depth, columns]. */
  readonly transposed: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly out: Tensor;
  readonly accumulate: boolean;
  readonly bias: Tensor | undefined;
  readonly activation: number;
  /** What the activation's backward needs: written by the forward, read by the backward, added by `ADD_AUX`. */
  readonly aux: Tensor | undefined;
  readonly saves: boolean;
  readonly drop: Dropout | null;
  readonly dropPath: (Dropout & { readonly rowsPerImage: number }) | null;
  readonly residual: Tensor | undefined;
}

export function lowerLinear(lowering: Lowering, operation: Operation<'linear'>): void {
  lowerProduct(lowering, forwardProduct(operation));
}

function forwardProduct({ label, tensors, call }: Operation<'linear'>): Product {
  const { a, weight, bias, addend, residual, before, onto } = tensors;
  const out = onto ?? tensors.out;
  if (!out) throw new Error(`${label}: there is nothing to write to`);
  if (addend && call.activation) throw new Error(`${label}: no kernel has an activation and an addend`);
  const { rows, columns, depth, activation, drop, dropPath } = call;
  return {
    ...{ label, a, weight, transposed: true, rows, columns, depth, out, accumulate: onto !== undefined, bias, residual },
    activation: activation ? ACTIVATIONS[activation].forward : addend ? ADD_AUX : 0,
    aux: addend ?? before,
    saves: before !== undefined,
    ...{ drop, dropPath },
  };
}

export function lowerLinearBackward(lowering: Lowering, { label, tensors, call }: Operation<'linearBackward'>): void {
  const { dout, weight, before, passing, da } = tensors;
  const { rows, columns, depth, activation, drop, dropPath } = call;
  lowerProduct(lowering, {
    ...{ label, a: dout, weight, transposed: false, rows, columns: depth, depth: columns, out: da, accumulate: false },
    ...{ bias: undefined, activation: activation ? ACTIVATIONS[activation].backward : 0, aux: before, saves: false },
    ...{ drop, dropPath, residual: passing },
  });
}

type LinearFamily = keyof typeof kernels;

/** The faster family on this adapter. */
function lowerProduct(lowering: Lowering, product: Product): void {
  if (product.columns % 4 !== 0 || product.depth % 4 !== 0) {
    lowerFamily(lowering, product, 'scalar');
    return;
  }
  const family = lowering.choose(tuningKey(lowering, product), candidates(lowering, product));
  lowerFamily(lowering, product, family === 'tiled' ? 'tiled' : 'registers');
}

function lowerFamily(lowering: Lowering, product: Product, family: LinearFamily): void {
  const { label, a, weight, bias, residual, aux, out, rows, columns, depth, drop, dropPath } = product;
  lowering.dispatch(kernels[family], {
    label,
    buffers: {
      ...{ a, weight, bias: bias ?? lowering.unused, residual: residual ?? lowering.unused },
      ...{ aux: aux ?? lowering.unusedWrite(), out },
    },
    uniforms: {
      ...{ rows, columns, depth, flags: flagsOf(product) },
      ...{ rowsPerImage: dropPath?.rowsPerImage ?? 1, dropSite: drop?.site ?? 0, dropout: drop?.p ?? 0 },
      ...{ pathSite: dropPath?.site ?? 0, dropPath: dropPath?.p ?? 0 },
    },
    constants: { TRANSPOSED: product.transposed ? 1 : 0, ACTIVATION: product.activation },
    cell: family === 'scalar' ? 1 : 4,
    grid: gridOf(family, rows, columns),
    macs: rows * columns * depth,
  });
}

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

function gridOf(family: LinearFamily, rows: number, columns: number): readonly [number, number, number] {
  if (family === 'registers') return flatGrid(Math.ceil(rows / 8) * Math.ceil(columns / 8), 64);
  if (family === 'tiled') return [Math.ceil(columns / 64), Math.ceil(rows / 64), 1];
  return flatGrid(rows * columns, 64);
}

/**
 * Shapes that share a choice: on hardware the weight's own shape and rows within a factor of eight; on a software adapter all
 * of them, since there the families are tenfold apart whatever the shape, and every trial costs a compilation.
 */
function tuningKey(lowering: Lowering, { transposed, rows, columns, depth }: Product): string {
  const direction = transposed ? 'forward' : 'backward';
  if (lowering.gpu.adapter.kind !== 'gpu') return `linear ${direction}`;
  const most = 8 ** Math.ceil(Math.log(Math.max(1, rows)) / Math.log(8));
  return `linear ${direction} rows<=${most} ${columns}x${depth}`;
}

/** Multiply-accumulates of one trial: enough to stand out from noise, and about 15 ms on a software adapter. */
const TRIAL_MACS = { hardware: 2e9, software: 3e7 };

function candidates(lowering: Lowering, { rows: most, columns, depth, transposed }: Product): readonly Candidate[] {
  const hardware = lowering.gpu.adapter.kind === 'gpu';
  const budget = hardware ? TRIAL_MACS.hardware : TRIAL_MACS.software;
  const rows = Math.max(8, Math.min(most, Math.ceil(budget / (columns * depth))));
  const trial = (family: 'registers' | 'tiled'): Candidate => ({
    name: family,
    lower: (alone) => {
      const tensors = {
        a: alone.scratch('a', rows * depth),
        weight: alone.scratch('weight', columns * depth),
        out: alone.scratch('out', rows * columns),
        ...{ bias: undefined, aux: undefined, residual: undefined },
      };
      const plain = { accumulate: false, activation: 0, saves: false, drop: null, dropPath: null };
      lowerFamily(alone, { label: `tune ${family}`, ...tensors, transposed, rows, columns, depth, ...plain }, family);
    },
  });
  return hardware ? [trial('tiled'), trial('registers')] : [trial('registers'), trial('tiled')];
}

/** Rows of one chunk and the number of chunks, so that `tiles` independent sums fill the adapter. */
function chunking(lowering: Lowering, rows: number, tiles: number): { rowsPerChunk: number; chunks: number } {
  const wanted = lowering.gpu.adapter.kind === 'gpu' ? 16_384 : 512;
  const chunks = Math.max(1, Math.min(64, Math.ceil(wanted / tiles), Math.ceil(rows / 16)));
  const rowsPerChunk = Math.ceil(rows / chunks);
  return { rowsPerChunk, chunks: Math.ceil(rows / rowsPerChunk) };
}

/** Deterministic: chunks of rows are summed in order. */
export function lowerWeightGradient(lowering: Lowering, { label, tensors, call }: Operation<'weightGradient'>): void {
  const { a, dweight, dbias } = tensors;
  const { rows, columns, depth, dropPath } = call;
  const dout = dropPath ? keptRows(lowering, label, tensors.dout, columns, dropPath) : tensors.dout;
  if (dweight) {
    const { cells, cell } = cellsOf(depth);
    const tiles = Math.ceil(columns / 4) * cells;
    const { rowsPerChunk, chunks } = chunking(lowering, rows, tiles);
    inChunks(lowering, label, dweight, chunks, (partial) =>
      lowering.dispatch(weightGradient, {
        label,
        buffers: { dout, a, partial },
        uniforms: { rows, columns, depth, rowsPerChunk, chunks },
        cell,
        grid: flatGrid(chunks * tiles, 64),
        macs: rows * columns * depth,
      }),
    );
  }
  if (dbias) lowerColumnSums(lowering, `${label} bias`, dout, dbias);
}

function keptRows(lowering: Lowering, label: string, dout: Tensor, columns: number, { rowsPerImage, site, p }: DropPath): Tensor {
  const out = lowering.scratch(`${label} kept`, dout.length);
  lowering.dispatch(keepRows, {
    label: `${label} kept`,
    buffers: { dout, out },
    uniforms: { rows: dout.length / columns, columns, rowsPerImage, site, p },
    grid: flatGrid(dout.length, 64),
  });
  return out;
}

/** out [N] = the column sums of dout [M, N]. */
export function lowerColumnSums(lowering: Lowering, label: string, dout: Tensor, out: Tensor): void {
  const columns = out.length;
  const rows = dout.length / columns;
  inChunksOfRows(lowering, { label, out, rows }, (partial, chunks) =>
    lowering.dispatch(biasGradient, {
      label,
      buffers: { dout, partial },
      uniforms: { rows, columns, ...chunks },
      grid: flatGrid(chunks.chunks * columns, 64),
    }),
  );
}

/** A sum over rows for each element of `out`: a kernel leaves partial sums of chunks of rows, which are added up in order. */
export function inChunksOfRows(
  lowering: Lowering,
  { label, out, rows }: { readonly label: string; readonly out: Tensor; readonly rows: number },
  dispatch: (partial: Tensor, chunks: { readonly rowsPerChunk: number; readonly chunks: number }) => void,
): void {
  const chunks = chunking(lowering, rows, out.length);
  inChunks(lowering, label, out, chunks.chunks, (partial) => dispatch(partial, chunks));
}

/** Lets a kernel leave its sums in `chunks` parts and adds them up; one chunk is the result itself. */
function inChunks(lowering: Lowering, label: string, out: Tensor, chunks: number, dispatch: (partial: Tensor) => void): void {
  if (chunks === 1) {
    dispatch(out);
    return;
  }
  const partial = lowering.scratch(`${label} chunks`, chunks * out.length);
  dispatch(partial);
  lowering.dispatch(sumChunks, {
    label: `${label} sum`,
    buffers: { partial, out },
    uniforms: { length: out.length, chunks },
    grid: flatGrid(out.length, 64),
  });
}
