// Linear layer for any shape, one output for each invocation. It is used where K or N is no multiple of four, as in most heads. The
// contract is in epilogue.wgsl.   grid: flat over M x N invocations
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  if (index >= u.rows * u.columns) { return; }
  let m = index / u.columns;
  let n = index % u.columns;
  var sum = 0.0;
  for (var k = 0u; k < u.depth; k++) {
    let w = select(k * u.columns + n, n * u.depth + k, TRANSPOSED);
    sum = fma(rowCell(m, k), weightAt(w), sum);
  }
  finish(m, n, sum);
}
