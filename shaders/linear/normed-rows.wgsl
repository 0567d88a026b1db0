// The rows of a, to which LayerNorm is applied as they are read, with the bits of layer-norm/forward. There is no residual.
//   (a[m, k] - mean[m]) rstd[m] gamma[k] + beta[k]                      stats [M] of (mean, rstd), gamma, beta [K]
@group(0) @binding(4) var<storage, read> stats: array<vec2f>;
@group(0) @binding(7) var<storage, read> gamma: array<Cell>;
@group(0) @binding(8) var<storage, read> beta: array<Cell>;

fn rowCell(row: u32, k: u32) -> Cell {
  let s = stats[row];
  let at = u.firstDepth / CELL + k;
  return fma((a[row * (u.aStride / CELL) + at] - s.x) * s.y, gamma[at], beta[at]);
}

fn residualAt(index: u32) -> Cell { return Cell(); }
