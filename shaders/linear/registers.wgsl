// Linear layer. Each invocation computes an 8 x 8 tile in registers, without barriers; this suits software adapters, and is used wherever
// it measures faster. The tile is written out because not every compiler keeps an indexed array in registers. The contract is in
// epilogue.wgsl.
// needs K and N to be multiples of 4   grid: flat over ceil(M / 8) x ceil(N / 8) invocations, columns first
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let columns = u.columns / 4u;
  let depth = u.depth / 4u;
  let across = (columns + 1u) / 2u;
  let m = (index / across) * 8u;
  if (m >= u.rows) { return; }
  let column0 = (index % across) * 2u;
  let column1 = min(column0 + 1u, columns - 1u);
  let row0 = min(m + 0u, u.rows - 1u) * depth;
  let row1 = min(m + 1u, u.rows - 1u) * depth;
  let row2 = min(m + 2u, u.rows - 1u) * depth;
  let row3 = min(m + 3u, u.rows - 1u) * depth;
  let row4 = min(m + 4u, u.rows - 1u) * depth;
  let row5 = min(m + 5u, u.rows - 1u) * depth;
  let row6 = min(m + 6u, u.rows - 1u) * depth;
  let row7 = min(m + 7u, u.rows - 1u) * depth;
  var c00 = vec4f(); var c01 = vec4f();
  var c10 = vec4f(); var c11 = vec4f();
  var c20 = vec4f(); var c21 = vec4f();
  var c30 = vec4f(); var c31 = vec4f();
  var c40 = vec4f(); var c41 = vec4f();
  var c50 = vec4f(); var c51 = vec4f();
  var c60 = vec4f(); var c61 = vec4f();
  var c70 = vec4f(); var c71 = vec4f();
  for (var k = 0u; k < depth; k++) {
    var b0: mat4x4f;
    var b1: mat4x4f;
    if (TRANSPOSED) {
      let w0 = 4u * column0 * depth + k;
      b0 = transpose(mat4x4f(weightAt(w0), weightAt(w0 + depth), weightAt(w0 + 2u * depth), weightAt(w0 + 3u * depth)));
      let w1 = 4u * column1 * depth + k;
      b1 = transpose(mat4x4f(weightAt(w1), weightAt(w1 + depth), weightAt(w1 + 2u * depth), weightAt(w1 + 3u * depth)));
    } else {
      let w = 4u * k * columns;
      b0 = mat4x4f(weightAt(w + column0), weightAt(w + columns + column0), weightAt(w + 2u * columns + column0), weightAt(w + 3u * columns + column0));
      b1 = mat4x4f(weightAt(w + column1), weightAt(w + columns + column1), weightAt(w + 2u * columns + column1), weightAt(w + 3u * columns + column1));
    }
    let a0 = a[row0 + k];
    let a1 = a[row1 + k];
    let a2 = a[row2 + k];
    let a3 = a[row3 + k];
    let a4 = a[row4 + k];
    let a5 = a[row5 + k];
    let a6 = a[row6 + k];
    let a7 = a[row7 + k];
    c00 = fma(vec4f(a0.x), b0[0], c00); c01 = fma(vec4f(a0.x), b1[0], c01);
    c10 = fma(vec4f(a1.x), b0[0], c10); c11 = fma(vec4f(a1.x), b1[0], c11);
    c20 = fma(vec4f(a2.x), b0[0], c20); c21 = fma(vec4f(a2.x), b1[0], c21);
    c30 = fma(vec4f(a3.x), b0[0], c30); c31 = fma(vec4f(a3.x), b1[0], c31);
    c40 = fma(vec4f(a4.x), b0[0], c40); c41 = fma(vec4f(a4.x), b1[0], c41);
    c50 = fma(vec4f(a5.x), b0[0], c50); c51 = fma(vec4f(a5.x), b1[0], c51);
    c60 = fma(vec4f(a6.x), b0[0], c60); c61 = fma(vec4f(a6.x), b1[0], c61);
    c70 = fma(vec4f(a7.x), b0[0], c70); c71 = fma(vec4f(a7.x), b1[0], c71);
    c00 = fma(vec4f(a0.y), b0[1], c00); c01 = fma(vec4f(a0.y), b1[1], c01);
    c10 = fma(vec4f(a1.y), b0[1], c10); c11 = fma(vec4f(a1.y), b1[1], c11);
    c20 = fma(vec4f(a2.y), b0[1], c20); c21 = fma(vec4f(a2.y), b1[1], c21);
    c30 = fma(vec4f(a3.y), b0[1], c30); c31 = fma(vec4f(a3.y), b1[1], c31);
    c40 = fma(vec4f(a4.y), b0[1], c40); c41 = fma(vec4f(a4.y), b1[1], c41);
    c50 = fma(vec4f(a5.y), b0[1], c50); c51 = fma(vec4f(a5.y), b1[1], c51);
    c60 = fma(vec4f(a6.y), b0[1], c60); c61 = fma(vec4f(a6.y), b1[1], c61);
    c70 = fma(vec4f(a7.y), b0[1], c70); c71 = fma(vec4f(a7.y), b1[1], c71);
    c00 = fma(vec4f(a0.z), b0[2], c00); c01 = fma(vec4f(a0.z), b1[2], c01);
    c10 = fma(vec4f(a1.z), b0[2], c10); c11 = fma(vec4f(a1.z), b1[2], c11);
    c20 = fma(vec4f(a2.z), b0[2], c20); c21 = fma(vec4f(a2.z), b1[2], c21);
    c30 = fma(vec4f(a3.z), b0[2], c30); c31 = fma(vec4f(a3.z), b1[2], c31);
    c40 = fma(vec4f(a4.z), b0[2], c40); c41 = fma(vec4f(a4.z), b1[2], c41);
    c50 = fma(vec4f(a5.z), b0[2], c50); c51 = fma(vec4f(a5.z), b1[2], c51);
    c60 = fma(vec4f(a6.z), b0[2], c60); c61 = fma(vec4f(a6.z), b1[2], c61);
    c70 = fma(vec4f(a7.z), b0[2], c70); c71 = fma(vec4f(a7.z), b1[2], c71);
    c00 = fma(vec4f(a0.w), b0[3], c00); c01 = fma(vec4f(a0.w), b1[3], c01);
    c10 = fma(vec4f(a1.w), b0[3], c10); c11 = fma(vec4f(a1.w), b1[3], c11);
    c20 = fma(vec4f(a2.w), b0[3], c20); c21 = fma(vec4f(a2.w), b1[3], c21);
    c30 = fma(vec4f(a3.w), b0[3], c30); c31 = fma(vec4f(a3.w), b1[3], c31);
    c40 = fma(vec4f(a4.w), b0[3], c40); c41 = fma(vec4f(a4.w), b1[3], c41);
    c50 = fma(vec4f(a5.w), b0[3], c50); c51 = fma(vec4f(a5.w), b1[3], c51);
    c60 = fma(vec4f(a6.w), b0[3], c60); c61 = fma(vec4f(a6.w), b1[3], c61);
    c70 = fma(vec4f(a7.w), b0[3], c70); c71 = fma(vec4f(a7.w), b1[3], c71);
  }
  // An array and a loop, so that a compiler that inlines everything makes one copy of the epilogue instead of sixteen.
  var tile = array<vec4f, 16>(c00, c01, c10, c11, c20, c21, c30, c31, c40, c41, c50, c51, c60, c61, c70, c71);
  for (var i = 0u; i < 16u; i++) {
    let row = m + i / 2u;
    let column = column0 + i % 2u;
    if (row < u.rows && column < columns) { finish(row, column, tile[i]); }
  }
}
