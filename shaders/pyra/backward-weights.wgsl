// PYRA's backward, 3 of 3: the weights' gradients, summed over images in their order.
//   da = sum of the shares;  db = sum of gamma * s_r + beta * s
//   dgamma = sum of dz_D * s_a + b * s_r;  dbeta = (sum of a) * (sum of dz_D) + b * (sum of s)
// reads sums of 2 of 3, a [r], b [C]   writes (=) da [r], db, dgamma, dbeta [C]
// grid: flat over max(C / CELL, r) invocations
struct Uniforms { images: u32, cells: u32, r: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> sums: array<Cell>;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<Cell>;
@group(0) @binding(4) var<storage, read_write> da: array<f32>;
@group(0) @binding(5) var<storage, read_write> db: array<Cell>;
@group(0) @binding(6) var<storage, read_write> dgamma: array<Cell>;
@group(0) @binding(7) var<storage, read_write> dbeta: array<Cell>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let stride = sumsLength(u.cells, u.r);
  if (index < u.r) {
    var sum = Cell(0.0);
    for (var image = 0u; image < u.images; image++) { sum += sums[image * stride + pairShares(u.cells, u.r) + index]; }
    // All elements of the cell hold the same number.
    da[index] = total(sum) / f32(CELL);
  }
  if (index < u.cells) {
    var aSum = 0.0;
    for (var k = 0u; k < u.r; k++) { aSum += a[k]; }
    var dz = Cell(0.0);
    var dzSa = Cell(0.0);
    var sr = Cell(0.0);
    var dbSum = Cell(0.0);
    var s = Cell(0.0);
    for (var image = 0u; image < u.images; image++) {
      let begin = image * stride;
      dz += sums[begin + index];
      dzSa += sums[begin + u.cells + index];
      sr += sums[begin + 2u * u.cells + index];
      dbSum += sums[begin + 3u * u.cells + index];
      s += sums[begin + 4u * u.cells];
    }
    db[index] = dbSum;
    dgamma[index] = dzSa + b[index] * sr;
    dbeta[index] = aSum * dz + b[index] * s;
  }
}
