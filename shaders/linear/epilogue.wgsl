// The common part of the linear kernels: their buffers, and the epilogue that changes a finished sum before it is stored.
//   v = sum_k a[m, k] w(n, k)            w is weight[n, k] where TRANSPOSED (as checkpoints store it), else weight[k, n]
//   v += out (ACCUMULATE)   v += bias[n] (BIAS)
//   ACTIVATION  1: aux = v (SAVE), v = gelu(v)          2: aux = v (SAVE), v = quickGelu(v)
//               3: v *= gelu'(aux)                      4: v *= quickGelu'(aux)                5: v += aux
//   v *= keepFactor of the element (DROP)   v *= keepFactor of the row's image (DROP_PATH)   v += residual (RESIDUAL)
// reads weights by weightAt, which knows how they are stored, and a by rowCell (linear/rows or linear/normed-rows)
// shapes: a [M, K], weight [N, K] or [K, N], bias [N], out, aux, residual [M, N]
// A weight that exceeds a binding is multiplied in parts: N `columns` from `firstColumn` on, in rows of `outStride`, and K of `depth` from
// `firstDepth` on, in rows of `aStride`. The weight's binding is the part alone.
struct Uniforms {
  rows: u32, columns: u32, depth: u32, flags: u32,
  rowsPerImage: u32, dropSite: u32, dropout: f32, pathSite: u32, dropPath: f32,
  aStride: u32, firstDepth: u32, outStride: u32, firstColumn: u32,
}
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> a: array<Cell>;
@group(0) @binding(2) var<storage, read> weight: array<Weight>;
@group(0) @binding(3) var<storage, read> bias: array<Cell>;
@group(0) @binding(5) var<storage, read_write> aux: array<Cell>;
@group(0) @binding(6) var<storage, read_write> out: array<Cell>;

override TRANSPOSED: bool;
override ACTIVATION: u32;
// Bits of u.flags. They are not overrides, because each override would double the number of pipelines to compile, and would save only one
// uniform branch for each output.
const ACCUMULATE = 1u;
const BIAS = 2u;
const SAVE = 4u;
const DROP = 8u;
const DROP_PATH = 16u;
const RESIDUAL = 32u;

fn flag(bit: u32) -> bool { return (u.flags & bit) != 0u; }

// Applies the epilogue to the sum of row m and cell `columnOfPart` (counted in cells), and stores it.
fn finish(m: u32, columnOfPart: u32, sum: Cell) {
  let column = u.firstColumn / CELL + columnOfPart;
  let index = m * (u.outStride / CELL) + column;
  var v = sum;
  if (flag(ACCUMULATE)) { v += out[index]; }
  if (flag(BIAS)) { v += bias[column]; }
  if (flag(SAVE)) { aux[index] = v; }
  switch ACTIVATION {
    case 1u: { v = gelu(v); }
    case 2u: { v = quickGelu(v); }
    case 3u: { v *= geluDerivative(aux[index]); }
    case 4u: { v *= quickGeluDerivative(aux[index]); }
    case 5u: { v += aux[index]; }
    default: {}
  }
  if (flag(DROP)) {
    let element = step.first * u.rowsPerImage * u.outStride + index * CELL;
    v *= keepCell(step.seed, step.number, u.dropSite, element, u.dropout);
  }
  if (flag(DROP_PATH)) {
    v *= keepFactor(step.seed, step.number, u.pathSite, step.first + m / u.rowsPerImage, u.dropPath);
  }
  if (flag(RESIDUAL)) { v += residualAt(index); }
  out[index] = v;
}
