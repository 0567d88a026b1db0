// The common part of attention's kernels. A workgroup of ACROSS x DOWN invocations computes 4 DOWN rows (tokens) of one head's result, and
// goes through the columns (the tokens on the other side), 4 ACROSS at a time. It multiplies two tiles:
//   scores, rows by columns, over the head's width, STEP cells of it staged at a time: an invocation has 4 x 4 of them
//   the weights that are made of them by what stands in the columns' rows, STAGED columns at a time: 4 rows x OWN cells an invocation
// Each sum runs over channels, or over columns, in their order, whatever the sizes: all sizes give the same bits.
//   HELD: cells of the rows' operands that are kept: STEP, and they are staged anew for each tile of columns, or all
// Each square of 4 x 4 is transposed when it is staged, so that a vector has four rows or columns. Vectors are shifted by their number, so
// that neighbouring invocations store into different banks. DOWN, ACROSS and STEP are powers of two. The ends of loops are hidden from the
// compiler (endless), because some compilers take a minute to unroll them. A kernel declares PRODUCTS, the number of score tiles; the two
// products are in attention/score-tiles and attention/weighted-tiles.
override ACROSS: u32;
override DOWN: u32;
override STEP: u32;
override HELD: u32;
override OWN: u32;
override STAGED: u32;
override INVOCATIONS: u32 = ACROSS * DOWN;
override COLUMN_AREA: u32 = 4u * STEP * ACROSS;
var<workgroup> columnTile: array<vec4f, PRODUCTS * COLUMN_AREA>; // [product][channel][column / 4], and then [column][cell]

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

// The first element of a head of a query's row in out and dout. For a token past the last query it is the last one's.
fn askedBegin(token: u32) -> u32 { return ((image * u.queries + min(token, u.queries - 1u)) * u.heads + head) * u.headWidth; }
