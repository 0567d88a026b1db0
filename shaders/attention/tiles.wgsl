// The common part of attention's kernels. A workgroup of ACROSS x DOWN invocations computes 4 DOWN rows (tokens) of one head's result, and
// goes through the columns (the tokens on the other side), 4 ACROSS at a time. It multiplies two tiles:
//   scores, rows by columns, over the head's width, STEP cells of it staged at a time: an invocation has 4 x 4 of them
//   the weights that are made of them by what stands in the columns' rows, STAGED columns at a time: 4 rows x OWN cells an invocation
// Each sum runs over channels, or over columns, in their order, whatever the sizes: all sizes give the same bits.
//   HELD: cells of the rows' operands that are kept: STEP, and they are staged anew for each tile of columns, or all
// Each square of 4 x 4 is transposed when it is staged, so that a vector has four rows or columns. Vectors are shifted by their number, so
// that neighbouring invocations store into different banks. DOWN, ACROSS and STEP are powers of two. The ends of loops are hidden from the
// compiler (endless), because some compilers take a minute to unroll them. A kernel declares PRODUCTS, the number of score tiles, and the
// rows and columns of each: rowCell and columnCell.
override ACROSS: u32;
override DOWN: u32;
override STEP: u32;
override HELD: u32;
override OWN: u32;
override STAGED: u32;
override INVOCATIONS: u32 = ACROSS * DOWN;
override ROW_AREA: u32 = 4u * HELD * DOWN;
override COLUMN_AREA: u32 = 4u * STEP * ACROSS;
var<workgroup> rowTile: array<vec4f, PRODUCTS * ROW_AREA>; // [product][channel][row / 4]
var<workgroup> columnTile: array<vec4f, PRODUCTS * COLUMN_AREA>; // [product][channel][column / 4], and then [column][cell]
var<workgroup> weights: array<vec4f, 4u * INVOCATIONS>; // [column][row / 4]

// The head of an image that a workgroup computes.
var<private> image: u32;
var<private> head: u32;

// A workgroup's part of the result: its first row, its first cell, and the cells of the head's width.
struct Place { first: u32, slice: u32, cells: u32 }

// Grid: (tiles of rows x slices, H, B).
fn placeOf(group: vec3u) -> Place {
  image = group.z;
  head = group.y;
  return Place(4u * DOWN * (group.x / u.slices), OWN * ACROSS * (group.x % u.slices), (u.headWidth + 3u) / 4u);
}

// Lower than any logit.
const NEVER = -1.0e30;

// n, hidden from the compiler.
fn endless(n: u32) -> u32 { return min(n, u.most); }

// Four channels of a head's row, which starts at element `begin`; zero past its width.
fn qkvCell(begin: u32, cell: u32) -> vec4f {
  if (4u * cell >= u.headWidth) { return vec4f(); }
  if (CELL == 4u) { return vec4f(qkv[begin / 4u + cell]); }
  var four = vec4f();
  let left = min(4u, u.headWidth - 4u * cell);
  for (var i = 0u; i < left; i++) { four[i] = total(qkv[begin + 4u * cell + i]); }
  return four;
}

// The first element of a token's query (part 0), key (1) or value (2). For a token past the last it is another token's, whose weight is
// zero.
fn qkvBegin(image: u32, token: u32, head: u32, part: u32) -> u32 {
  return (((image * u.tokens + min(token, u.tokens - 1u)) * 3u + part) * u.heads + head) * u.headWidth;
}

// log(size) of four tokens; 0 where sizes are not used. A token past the last gets a value that makes its weight zero.
fn keyBias(image: u32, token: u32) -> vec4f {
  var bias = vec4f();
  for (var i = 0u; i < 4u; i++) {
    if (token + i >= u.tokens) { bias[i] = NEVER; }
    else if (u.proportional != 0u) { bias[i] = log(size[image * u.tokens + token + i]); }
  }
  return bias;
}

fn stageRows(first: u32, cell: u32, at: u32, lane: u32) {
  let squares = PRODUCTS * DOWN * STEP;
  for (var square = lane; square < squares; square += INVOCATIONS) {
    let c = square % STEP;
    let quad = (square / STEP) % DOWN;
    let product = square / (STEP * DOWN);
    let row = first + 4u * quad;
    let turned = transpose(mat4x4f(
      rowCell(product, row, cell + c), rowCell(product, row + 1u, cell + c),
      rowCell(product, row + 2u, cell + c), rowCell(product, row + 3u, cell + c)));
    let to = product * ROW_AREA + 4u * (at + c) * DOWN + (quad ^ (c & (DOWN - 1u)));
    rowTile[to] = turned[0]; rowTile[to + DOWN] = turned[1]; rowTile[to + 2u * DOWN] = turned[2]; rowTile[to + 3u * DOWN] = turned[3];
  }
}

fn stageColumns(first: u32, cell: u32, lane: u32) {
  let squares = PRODUCTS * ACROSS * STEP;
  for (var square = lane; square < squares; square += INVOCATIONS) {
    let c = square % STEP;
    let quad = (square / STEP) % ACROSS;
    let product = square / (STEP * ACROSS);
    let column = first + 4u * quad;
    let turned = transpose(mat4x4f(
      columnCell(product, column, cell + c), columnCell(product, column + 1u, cell + c),
      columnCell(product, column + 2u, cell + c), columnCell(product, column + 3u, cell + c)));
    let to = product * COLUMN_AREA + 4u * c * ACROSS + (quad ^ (c & (ACROSS - 1u)));
    columnTile[to] = turned[0]; columnTile[to + ACROSS] = turned[1];
    columnTile[to + 2u * ACROSS] = turned[2]; columnTile[to + 3u * ACROSS] = turned[3];
  }
}

// Adds the products of the staged cells to an invocation's scores, s[row][column].
fn addScores(s: ptr<function, mat4x4f>, product: u32, at: u32, local: vec3u) {
  let end = endless(STEP);
  for (var c = 0u; c < end; c++) {
    var row = product * ROW_AREA + 4u * (at + c) * DOWN + (local.y ^ (c & (DOWN - 1u)));
    var column = product * COLUMN_AREA + 4u * c * ACROSS + (local.x ^ (c & (ACROSS - 1u)));
    for (var i = 0u; i < 4u; i++) {
      let a = rowTile[row];
      let b = columnTile[column];
      (*s)[0] = fma(vec4f(a.x), b, (*s)[0]);
      (*s)[1] = fma(vec4f(a.y), b, (*s)[1]);
      (*s)[2] = fma(vec4f(a.z), b, (*s)[2]);
      (*s)[3] = fma(vec4f(a.w), b, (*s)[3]);
      row += DOWN;
      column += ACROSS;
    }
  }
}

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
