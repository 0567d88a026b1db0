// Scores: the products of the rows' and the columns' operands, which a kernel gives as rowCell and columnCell.
override ROW_AREA: u32 = 4u * HELD * DOWN;
var<workgroup> rowTile: array<vec4f, PRODUCTS * ROW_AREA>; // [product][channel][row / 4]

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
