import type { DropPath } from '../../../operations/linear.js';
import type { Operation } from '../../../plan/operation.js';
import type { Tensor } from '../../../plan/tensor.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';
import { inRows } from '../parts.js';
import { cellsOf } from './lanes.js';
import { ACTIVATIONS, ADD_AUX, lowerProduct, type Product } from './product.js';

const weightGradient = defineKernel({
  shader: 'linear/weight-gradient',
  wide: ['common/cell'],
  includes: ['common/grid'],
  buffers: { dout: 'read', a: 'read', partial: 'write' },
  uniforms: {
    ...{ rows: 'u32', columns: 'u32', depth: 'u32', rowsPerChunk: 'u32', chunks: 'u32' },
    ...{ stride: 'u32', firstColumn: 'u32' },
  },
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

export function lowerLinear(lowering: Lowering, operation: Operation<'linear'>): void {
  lowerProduct(lowering, forwardProduct(operation));
}

/** The product of a linear layer's forward. */
export function forwardProduct({ label, tensors, call }: Operation<'linear'>): Product {
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

/** The number of independent sums that fills a card. */
const FILLING = 16_384;

/** The rows of a chunk and the number of chunks, so that `tiles` independent sums fill a card and a binding holds all partial results. */
function chunking({ gpu }: Lowering, rows: number, tiles: number, out: Tensor): { rowsPerChunk: number; chunks: number } {
  const bindable = Math.floor(gpu.limits.maxStorageBufferBindingSize / (4 * out.length));
  const chunks = Math.max(1, Math.min(64, bindable, Math.ceil(FILLING / tiles), Math.ceil(rows / 16)));
  const rowsPerChunk = Math.ceil(rows / chunks);
  return { rowsPerChunk, chunks: Math.ceil(rows / rowsPerChunk) };
}

/** Sums chunks of rows in order, so that the result is deterministic. */
export function lowerWeightGradient(lowering: Lowering, { label, tensors, call }: Operation<'weightGradient'>): void {
  const { a, dweight, dbias } = tensors;
  const { rows, columns, depth, dropPath } = call;
  const dout = dropPath ? keptRows(lowering, label, tensors.dout, columns, dropPath) : tensors.dout;
  if (dweight) {
    const { cells, cell } = cellsOf(depth);
    for (const { piece, first, rows: own } of inRows(lowering.gpu, dweight, depth)) {
      const tiles = Math.ceil(own / 4) * cells;
      const { rowsPerChunk, chunks } = chunking(lowering, rows, tiles, piece);
      inChunks(lowering, label, piece, chunks, (partial) =>
        lowering.dispatch(weightGradient, {
          label,
          buffers: { dout, a, partial },
          uniforms: { rows, columns: own, depth, rowsPerChunk, chunks, stride: columns, firstColumn: first },
          cell,
          grid: flatGrid(chunks * tiles, 64),
          macs: rows * own * depth,
        }),
      );
    }
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

/** Column sums: out [N] of dout [M, N]. */
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

/** Lowers a sum over rows for each element of `out`: a kernel computes partial sums of chunks of rows, which are added up in order. */
export function inChunksOfRows(
  lowering: Lowering,
  { label, out, rows }: { readonly label: string; readonly out: Tensor; readonly rows: number },
  dispatch: (partial: Tensor, chunks: { readonly rowsPerChunk: number; readonly chunks: number }) => void,
): void {
  const chunks = chunking(lowering, rows, out.length, out);
  inChunks(lowering, label, out, chunks.chunks, (partial) => dispatch(partial, chunks));
}

/** Lets a kernel compute `chunks` partial sums and adds them up; a single chunk is the result itself. */
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
