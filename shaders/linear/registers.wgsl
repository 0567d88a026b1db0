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
  let row0 = min(m + 0u, u.rows - 1u);
  let row1 = min(m + 1u, u.rows - 1u);
  let row2 = min(m + 2u, u.rows - 1u);
  let row3 = min(m + 3u, u.rows - 1u);
  let row4 = min(m + 4u, u.rows - 1u);
  let row5 = min(m + 5u, u.rows - 1u);
  let row6 = min(m + 6u, u.rows - 1u);
  let row7 = min(m + 7u, u.rows - 1u);
  var c00 = vec4f(); var c01 = vec4f();
  var c10 = vec4f(); var c11 = vec4f();
  var c20 = vec4f(); var c21 = vec4f();
  var c30 = vec4f(); var c31 = vec4f();
  var c40 = vec4f(); var c41 = vec4f();
  var c50 = vec4f(); var c51 = vec4f();
  var c60 = vec4f(); var c61 = vec4f();
  var c70 = vec4f(); var c71 = vec4f();
  for (var k = 0u; k < depth; k++) {
    let b0 = weightBlock(column0, k);
    let b1 = weightBlock(column1, k);
    let a0 = rowCell(row0, k);
    c00 = addBlock(c00, a0, b0); c01 = addBlock(c01, a0, b1);
    let a1 = rowCell(row1, k);
    c10 = addBlock(c10, a1, b0); c11 = addBlock(c11, a1, b1);
    let a2 = rowCell(row2, k);
    c20 = addBlock(c20, a2, b0); c21 = addBlock(c21, a2, b1);
    let a3 = rowCell(row3, k);
    c30 = addBlock(c30, a3, b0); c31 = addBlock(c31, a3, b1);
    let a4 = rowCell(row4, k);
    c40 = addBlock(c40, a4, b0); c41 = addBlock(c41, a4, b1);
    let a5 = rowCell(row5, k);
    c50 = addBlock(c50, a5, b0); c51 = addBlock(c51, a5, b1);
    let a6 = rowCell(row6, k);
    c60 = addBlock(c60, a6, b0); c61 = addBlock(c61, a6, b1);
    let a7 = rowCell(row7, k);
    c70 = addBlock(c70, a7, b0); c71 = addBlock(c71, a7, b1);
  }
  // An array and a loop, so that a compiler that inlines everything makes one copy of the epilogue instead of sixteen.
  var tile = array<vec4f, 16>(c00, c01, c10, c11, c20, c21, c30, c31, c40, c41, c50, c51, c60, c61, c70, c71);
  for (var i = 0u; i < 16u; i++) {
    let row = m + i / 2u;
    let column = column0 + i % 2u;
    if (row < u.rows && column < columns) { finish(row, column, tile[i]); }
  }
}
