// What attention's kernels share: a workgroup of ACROSS x DOWN invocations has 4 DOWN rows of one head (tokens that the result is of) and
// walks through the others, the columns, 4 ACROSS at a time. Twice it multiplies a tile of its own:
//   scores, rows by columns, over the head's width, STEP cells of it staged at a time: an invocation has 4 x 4 of them
//   the weights that are made of them by what stands in the columns' rows, STAGED columns at a time: 4 rows x OWN cells an invocation
// Each sum runs over channels, or over columns, in their order, whatever the sizes: all sizes give the same bits.
//   HELD: cells of the rows' operands that are kept: STEP, and they are staged anew for each tile of columns, or all
// A square of 4 x 4 is turned when it is staged, so that a vector has four rows, or columns, and lies shifted by its number: neighbours, who
// have neighbouring squares, store into different banks. DOWN, ACROSS and STEP are powers of two.
// Loops go on to ends that no compiler sees (endless): unrolled whole, they take some of them a minute.
// A kernel declares PRODUCTS, how many scores there are, and for each what rows and columns are: rowCell and columnCell.
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

// Below any logit.
const NEVER = -1.0e30;

// n, which a compiler cannot know.
fn endless(n: u32) -> u32 { return min(n, u.most); }

// Four channels of a head's row, which begins at a float; zero past its width.
fn qkvCell(begin: u32, cell: u32) -> vec4f {
  if (4u * cell >= u.headWidth) { return vec4f(); }
  if (CELL == 4u) { return vec4f(qkv[begin / 4u + cell]); }
  var four = vec4f();
  let left = min(4u, u.headWidth - 4u * cell);
  for (var i = 0u; i < left; i++) { four[i] = total(qkv[begin + 4u * cell + i]); }
  return four;
}

// Where the query (part 0), key (1) or value (2) of a token begins; of tokens past the last another's, which weighs nothing.
fn qkvBegin(image: u32, token: u32, head: u32, part: u32) -> u32 {
  return (((image * u.tokens + min(token, u.tokens - 1u)) * 3u + part) * u.heads + head) * u.headWidth;
}

// log(size) of four tokens, 0 where sizes do not count, or what makes one past the last never count.
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

// Adds what the staged cells make of an invocation's scores: s[row][column].
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

// Where the weights of column 4 quad of an invocation's rows lie; those of the next columns DOWN further on each.
fn weightsAt(quad: u32, y: u32) -> u32 { return 4u * quad * DOWN + (y ^ (quad & (DOWN - 1u))); }

// Puts an invocation's weights, [row][column], where all that have its rows read them.
fn shareWeights(w: mat4x4f, local: vec3u) {
  let turned = transpose(w);
  let to = weightsAt(local.x, local.y);
  weights[to] = turned[0]; weights[to + DOWN] = turned[1]; weights[to + 2u * DOWN] = turned[2]; weights[to + 3u * DOWN] = turned[3];
}

// Stages what stands in the rows of columns: for `product`, STAGED of them from `first` on, the cells from `cell` on.
fn stageValues(product: u32, first: u32, cell: u32, lane: u32) {
  let cells = STAGED * OWN * ACROSS;
  for (var at = lane; at < cells; at += INVOCATIONS) {
    columnTile[at] = valueCell(product, first + at / (OWN * ACROSS), cell + at % (OWN * ACROSS));
  }
}

// Adds the staged columns, weighted: acc[row + 4 cell], and the weights' own sum.
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
