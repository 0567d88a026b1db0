// Sums of what stands in the columns' rows (valueCell), weighted for each row.
var<workgroup> weights: array<vec4f, 4u * INVOCATIONS>; // [column][row / 4]

// The index of the weights of column 4 quad for an invocation's rows; those of each next column are DOWN further.
fn weightsAt(quad: u32, y: u32) -> u32 { return 4u * quad * DOWN + (y ^ (quad & (DOWN - 1u))); }

// Stores an invocation's weights, [row][column], for all invocations with the same rows.
fn shareWeights(w: mat4x4f, local: vec3u) {
  let turned = transpose(w);
  let to = weightsAt(local.x, local.y);
  weights[to] = turned[0]; weights[to + DOWN] = turned[1]; weights[to + 2u * DOWN] = turned[2]; weights[to + 3u * DOWN] = turned[3];
}

// Stages STAGED columns from `first`, with their cells from `cell`, as operands of `product`.
fn stageValues(product: u32, first: u32, cell: u32, lane: u32) {
  let cells = STAGED * OWN * ACROSS;
  for (var at = lane; at < cells; at += INVOCATIONS) {
    columnTile[at] = valueCell(product, first + at / (OWN * ACROSS), cell + at % (OWN * ACROSS));
  }
}

// Adds the staged columns times their weights to acc[row + 4 cell], and adds up the weights.
fn addWeighted(acc: ptr<function, array<vec4f, 16>>, sum: ptr<function, vec4f>, begin: u32, local: vec3u) {
  let end = endless(STAGED);
  for (var k = 0u; k < end; k++) {
    let column = begin + k;
    let w = weights[weightsAt(column / 4u, local.y) + (column % 4u) * DOWN];
    *sum += w;
    let at = k * OWN * ACROSS + local.x;
    let v0 = columnTile[at];
    (*acc)[0] = fma(vec4f(w.x), v0, (*acc)[0]); (*acc)[1] = fma(vec4f(w.y), v0, (*acc)[1]);
    (*acc)[2] = fma(vec4f(w.z), v0, (*acc)[2]); (*acc)[3] = fma(vec4f(w.w), v0, (*acc)[3]);
    if (OWN > 1u) {
      let v1 = columnTile[at + ACROSS];
      (*acc)[4] = fma(vec4f(w.x), v1, (*acc)[4]); (*acc)[5] = fma(vec4f(w.y), v1, (*acc)[5]);
      (*acc)[6] = fma(vec4f(w.z), v1, (*acc)[6]); (*acc)[7] = fma(vec4f(w.w), v1, (*acc)[7]);
    }
    if (OWN > 2u) {
      let v2 = columnTile[at + 2u * ACROSS];
      (*acc)[8] = fma(vec4f(w.x), v2, (*acc)[8]); (*acc)[9] = fma(vec4f(w.y), v2, (*acc)[9]);
      (*acc)[10] = fma(vec4f(w.z), v2, (*acc)[10]); (*acc)[11] = fma(vec4f(w.w), v2, (*acc)[11]);
    }
    if (OWN > 3u) {
      let v3 = columnTile[at + 3u * ACROSS];
      (*acc)[12] = fma(vec4f(w.x), v3, (*acc)[12]); (*acc)[13] = fma(vec4f(w.y), v3, (*acc)[13]);
      (*acc)[14] = fma(vec4f(w.z), v3, (*acc)[14]); (*acc)[15] = fma(vec4f(w.w), v3, (*acc)[15]);
    }
  }
}

// Stores four channels of a token, which begin at `begin`; `cell` counts them within the head. A kernel gives `put`, which stores a Cell.
fn storeCell(begin: u32, cell: u32, value: vec4f) {
  if (CELL == 4u) {
    put(begin / 4u, cellFrom(value, 0u));
    return;
  }
  let left = min(4u, u.headWidth - 4u * cell);
  for (var i = 0u; i < left; i++) { put(begin + i, cellFrom(value, i)); }
}
