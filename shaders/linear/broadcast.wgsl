// Linear layer without workgroup memory and barriers: the invocations of a workgroup have the same rows, and each its own columns. Four
// invocations of a subgroup fetch the rows' numbers and broadcast them. Every subgroup has at least four invocations, and it does not matter
// which of the workgroup's they are, so nothing here depends on the size of subgroups. The contract is in epilogue.wgsl.
//   an invocation has eight rows and a cell of four columns; two cells, INVOCATIONS apart (WIDE); or sixteen rows (TALL)
// needs K and N to be multiples of 4   grid: (ceil(N / columns), ceil(M / rows)) workgroups
override INVOCATIONS: u32;
override WIDE: bool;
override TALL: bool;

// Adds the products of a cell of K, of four rows and a cell of columns.
fn added(sums: mat4x4f, rows: mat4x4f, w: mat4x4f) -> mat4x4f {
  return mat4x4f(
    addBlock(sums[0], rows[0], w), addBlock(sums[1], rows[1], w),
    addBlock(sums[2], rows[2], w), addBlock(sums[3], rows[3], w));
}

// The numbers of four rows, of which each of four invocations fetched one.
fn shared4(own: vec4f) -> mat4x4f {
  return mat4x4f(subgroupBroadcast(own, 0u), subgroupBroadcast(own, 1u), subgroupBroadcast(own, 2u), subgroupBroadcast(own, 3u));
}

@compute @workgroup_size(INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32, @builtin(subgroup_invocation_id) place: u32,
) {
  let columns = u.columns / 4u;
  let depth = u.depth / 4u;
  let rows = select(8u, 16u, TALL);
  let first = rows * group.y;
  let column0 = select(1u, 2u, WIDE) * INVOCATIONS * group.x + lane;
  let column1 = column0 + INVOCATIONS;
  let last = u.rows - 1u;
  let own = first + place % 4u;
  let row0 = min(own, last);
  let row1 = min(own + 4u, last);
  let row2 = min(own + 8u, last);
  let row3 = min(own + 12u, last);
  var s0 = mat4x4f();
  var s1 = mat4x4f();
  var s2 = mat4x4f();
  var s3 = mat4x4f();
  for (var k = 0u; k < depth; k++) {
    let b0 = weightBlock(min(column0, columns - 1u), k);
    let a0 = shared4(rowCell(row0, k));
    let a1 = shared4(rowCell(row1, k));
    s0 = added(s0, a0, b0);
    s1 = added(s1, a1, b0);
    if (WIDE) {
      let b1 = weightBlock(min(column1, columns - 1u), k);
      s2 = added(s2, a0, b1);
      s3 = added(s3, a1, b1);
    }
    if (TALL) {
      s2 = added(s2, shared4(rowCell(row2, k)), b0);
      s3 = added(s3, shared4(rowCell(row3, k)), b0);
    }
  }
  var sums = array<vec4f, 16>(
    s0[0], s0[1], s0[2], s0[3], s1[0], s1[1], s1[2], s1[3], s2[0], s2[1], s2[2], s2[3], s3[0], s3[1], s3[2], s3[3]);
  for (var i = 0u; i < select(8u, 16u, WIDE || TALL); i++) {
    let row = first + i % rows;
    let column = select(column0, column1, i >= rows);
    if (row < u.rows && column < columns) { finish(row, column, sums[i]); }
  }
}
