// Linear layer, 64 x 64 tiles staged in workgroup memory, each invocation 4 x 4 of it: the family for GPUs.
// The contract is in epilogue.wgsl.   needs K and N to be multiples of 4
// grid: (ceil(N / 64), ceil(M / 64)) workgroups of 16 x 16
const TILE = 64u;
const STEP_K = 16u;
// Floats, not vectors: invocations store single components, which as parts of one vector would race.
var<workgroup> tileA: array<array<f32, 64>, 16>; // [k][m]
var<workgroup> tileB: array<array<f32, 64>, 16>; // [k][n]

fn leftOf(k: u32, at: u32) -> vec4f { return vec4f(tileA[k][at], tileA[k][at + 1u], tileA[k][at + 2u], tileA[k][at + 3u]); }
fn rightOf(k: u32, at: u32) -> vec4f { return vec4f(tileB[k][at], tileB[k][at + 1u], tileB[k][at + 2u], tileB[k][at + 3u]); }

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
  let columns = u.columns / 4u;
  let depth = u.depth / 4u;
  let rowBegin = group.y * TILE;
  let cellBegin = group.x * 16u; // in cells
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  for (var k0 = 0u; k0 < depth; k0 += 4u) {
    // 64 rows x 4 cells of a, turned so that a column of the tile is read as one vector: invocation takes row lane / 4, cell lane % 4.
    let row = lane / 4u;
    let cell = lane % 4u;
    var value = vec4f();
    if (rowBegin + row < u.rows && k0 + cell < depth) { value = a[(rowBegin + row) * depth + k0 + cell]; }
    tileA[4u * cell][row] = value.x;
    tileA[4u * cell + 1u][row] = value.y;
    tileA[4u * cell + 2u][row] = value.z;
    tileA[4u * cell + 3u][row] = value.w;
    if (TRANSPOSED) {
      var w = vec4f();
      if (cellBegin * 4u + row < u.columns && k0 + cell < depth) { w = weight[(cellBegin * 4u + row) * depth + k0 + cell]; }
      tileB[4u * cell][row] = w.x;
      tileB[4u * cell + 1u][row] = w.y;
      tileB[4u * cell + 2u][row] = w.z;
      tileB[4u * cell + 3u][row] = w.w;
    } else {
      var w = vec4f();
      let k = 4u * k0 + local.y;
      if (k < u.depth && cellBegin + local.x < columns) { w = weight[k * columns + cellBegin + local.x]; }
      tileB[local.y][4u * local.x] = w.x;
      tileB[local.y][4u * local.x + 1u] = w.y;
      tileB[local.y][4u * local.x + 2u] = w.z;
      tileB[local.y][4u * local.x + 3u] = w.w;
    }
    workgroupBarrier();
    for (var k = 0u; k < STEP_K; k++) {
      let left = leftOf(k, 4u * local.y);
      let right = rightOf(k, 4u * local.x);
      c0 = fma(vec4f(left.x), right, c0);
      c1 = fma(vec4f(left.y), right, c1);
      c2 = fma(vec4f(left.z), right, c2);
      c3 = fma(vec4f(left.w), right, c3);
    }
    workgroupBarrier();
  }
  let m = rowBegin + 4u * local.y;
  let n = cellBegin + local.x;
  if (n >= columns) { return; }
  var tile = array<vec4f, 4>(c0, c1, c2, c3);
  for (var i = 0u; i < 4u; i++) {
    if (m + i < u.rows) { finish(m + i, n, tile[i]); }
  }
}
