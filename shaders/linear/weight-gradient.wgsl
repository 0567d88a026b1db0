// Gradient of a linear layer's weight, as a partial sum for each chunk of rows; sum-chunks.wgsl adds them up.
//   partial[s, n, k] = sum over m in chunk s of dout[m, n] a[m, k]       dout [M, N], a [M, K], partial [chunks, N, K]
// Where a gradient exceeds a binding, a part of it is computed: N `columns` from `firstColumn` on, in rows of `stride`.
// reads dout, a   writes (=) partial   grid: flat over chunks x ceil(N / 4) x (K / CELL) invocations, each four rows of dweight
struct Uniforms { rows: u32, columns: u32, depth: u32, rowsPerChunk: u32, chunks: u32, stride: u32, firstColumn: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> dout: array<f32>;
@group(0) @binding(2) var<storage, read> a: array<Cell>;
@group(0) @binding(3) var<storage, read_write> partial: array<Cell>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let cells = u.depth / CELL;
  let tiles = (u.columns + 3u) / 4u;
  let chunk = index / (cells * tiles);
  if (chunk >= u.chunks) { return; }
  let k = index % cells;
  let n = 4u * ((index / cells) % tiles);
  let n1 = min(n + 1u, u.columns - 1u);
  let n2 = min(n + 2u, u.columns - 1u);
  let n3 = min(n + 3u, u.columns - 1u);
  var c0 = Cell(); var c1 = Cell(); var c2 = Cell(); var c3 = Cell();
  let end = min((chunk + 1u) * u.rowsPerChunk, u.rows);
  for (var m = chunk * u.rowsPerChunk; m < end; m++) {
    let value = a[m * cells + k];
    let row = m * u.stride + u.firstColumn;
    c0 += dout[row + n] * value;
    c1 += dout[row + n1] * value;
    c2 += dout[row + n2] * value;
    c3 += dout[row + n3] * value;
  }
  let base = (chunk * u.columns + n) * cells + k;
  partial[base] = c0;
  if (n + 1u < u.columns) { partial[base + cells] = c1; }
  if (n + 2u < u.columns) { partial[base + 2u * cells] = c2; }
  if (n + 3u < u.columns) { partial[base + 3u * cells] = c3; }
}
