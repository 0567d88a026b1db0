// Linear layer with tiles staged in workgroup memory, for all sizes of tile. The contract is in epilogue.wgsl. A workgroup of ACROSS x DOWN
// invocations computes DOWN x (4 or 8) rows by ACROSS x (1 or 2) cells of four columns, STEP of K at a time.
//   WIDE_ROWS, WIDE_CELLS: whether an invocation has eight rows and two cells. What is second of them lies a whole group further on, so
//   that neighbours read neighbouring memory
//   PAD: cells between the rows of a tile, against bank conflicts where turned blocks are stored
//   DOUBLE: two tiles, the next fetched while this one is multiplied, and one barrier a step instead of two
// Accumulators are written out because not every compiler keeps an indexed array in registers; the compiler removes those that a size does
// not use.
// needs K and N to be multiples of 4, and DOWN x (1 or 2) x STEP / 4 as well as ACROSS x (1 or 2) x STEP / 4 blocks to be no more than
// invocations: each fetches one block of four by four of a and one of the weight at most
// grid: (ceil(N / (4 cells)), ceil(M / rows)) workgroups
override ACROSS: u32;
override DOWN: u32;
override STEP: u32;
override PAD: u32;
override WIDE_ROWS: bool;
override WIDE_CELLS: bool;
override DOUBLE: bool;
// Quads of rows and cells of columns in a tile, and the distance of either from one k to the next.
override QUADS: u32;
override CELLS: u32;
override ROW_A: u32 = QUADS + PAD;
override ROW_B: u32 = CELLS + PAD;
override TILE_A: u32 = STEP * ROW_A;
override TILE_B: u32 = STEP * ROW_B;
override TILES: u32;
var<workgroup> tileA: array<vec4f, TILES * TILE_A>; // [k][row / 4], four rows a vector
var<workgroup> tileB: array<vec4f, TILES * TILE_B>; // [k][column / 4]

// Four rows and one cell of K of a, transposed: a vector for each k. Rows past the last are those of another row, and their results are not
// stored.
fn fetchA(quad: u32, k: u32, depth: u32) -> mat4x4f {
  if (k >= depth) { return mat4x4f(); }
  let row = 4u * quad;
  let last = u.rows - 1u;
  return transpose(mat4x4f(
    rowCell(min(row, last), k), rowCell(min(row + 1u, last), k), rowCell(min(row + 2u, last), k), rowCell(min(row + 3u, last), k)));
}

// One cell of columns and one cell of K of the weight: a vector of columns for each k.
fn fetchB(cell: u32, k: u32, depth: u32) -> mat4x4f {
  if (k >= depth) { return mat4x4f(); }
  return weightBlock(min(cell, u.columns / 4u - 1u), k);
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
  let columns = u.columns / 4u;
  let depth = u.depth / 4u;
  let firstQuad = group.y * QUADS;
  let firstCell = group.x * CELLS;
  let step_k = STEP / 4u;
  // Neighbouring invocations fetch neighbouring memory: cells of K where rows in memory run along K, otherwise cells of columns.
  let fetchesA = lane < QUADS * step_k;
  let quadA = lane / step_k;
  let kA = lane % step_k;
  // Counted down from the last invocation, so that invocations without a block of a fetch one of the weight.
  let other = ACROSS * DOWN - 1u - lane;
  let fetchesB = other < CELLS * step_k;
  var cellB = other / step_k;
  var kB = other % step_k;
  if (!TRANSPOSED) {
    cellB = other % CELLS;
    kB = other / CELLS;
  }
  var c00 = vec4f(); var c10 = vec4f(); var c20 = vec4f(); var c30 = vec4f();
  var c40 = vec4f(); var c50 = vec4f(); var c60 = vec4f(); var c70 = vec4f();
  var c01 = vec4f(); var c11 = vec4f(); var c21 = vec4f(); var c31 = vec4f();
  var c41 = vec4f(); var c51 = vec4f(); var c61 = vec4f(); var c71 = vec4f();
  var nextA = mat4x4f();
  var nextB = mat4x4f();
  if (DOUBLE) {
    if (fetchesA) { nextA = fetchA(firstQuad + quadA, kA, depth); }
    if (fetchesB) { nextB = fetchB(firstCell + cellB, kB, depth); }
  }
  var half = 0u;
  for (var k0 = 0u; k0 < depth; k0 += step_k) {
    if (!DOUBLE) {
      if (fetchesA) { nextA = fetchA(firstQuad + quadA, k0 + kA, depth); }
      if (fetchesB) { nextB = fetchB(firstCell + cellB, k0 + kB, depth); }
    }
    let fromA = half * TILE_A;
    let fromB = half * TILE_B;
    if (fetchesA) {
      let at = fromA + 4u * kA * ROW_A + quadA;
      tileA[at] = nextA[0]; tileA[at + ROW_A] = nextA[1]; tileA[at + 2u * ROW_A] = nextA[2]; tileA[at + 3u * ROW_A] = nextA[3];
    }
    if (fetchesB) {
      let at = fromB + 4u * kB * ROW_B + cellB;
      tileB[at] = nextB[0]; tileB[at + ROW_B] = nextB[1]; tileB[at + 2u * ROW_B] = nextB[2]; tileB[at + 3u * ROW_B] = nextB[3];
    }
    workgroupBarrier();
    if (DOUBLE) {
      if (fetchesA) { nextA = fetchA(firstQuad + quadA, k0 + step_k + kA, depth); }
      if (fetchesB) { nextB = fetchB(firstCell + cellB, k0 + step_k + kB, depth); }
      half = 1u - half;
    }
    var atA = fromA + local.y;
    var atB = fromB + local.x;
    for (var k = 0u; k < STEP; k++) {
      let a0 = tileA[atA];
      let b0 = tileB[atB];
      c00 = fma(vec4f(a0.x), b0, c00); c10 = fma(vec4f(a0.y), b0, c10); c20 = fma(vec4f(a0.z), b0, c20); c30 = fma(vec4f(a0.w), b0, c30);
      if (WIDE_CELLS) {
        let b1 = tileB[atB + ACROSS];
        c01 = fma(vec4f(a0.x), b1, c01); c11 = fma(vec4f(a0.y), b1, c11); c21 = fma(vec4f(a0.z), b1, c21); c31 = fma(vec4f(a0.w), b1, c31);
      }
      if (WIDE_ROWS) {
        let a1 = tileA[atA + DOWN];
        c40 = fma(vec4f(a1.x), b0, c40); c50 = fma(vec4f(a1.y), b0, c50); c60 = fma(vec4f(a1.z), b0, c60); c70 = fma(vec4f(a1.w), b0, c70);
        if (WIDE_CELLS) {
          let b1 = tileB[atB + ACROSS];
          c41 = fma(vec4f(a1.x), b1, c41); c51 = fma(vec4f(a1.y), b1, c51); c61 = fma(vec4f(a1.z), b1, c61); c71 = fma(vec4f(a1.w), b1, c71);
        }
      }
      atA += ROW_A;
      atB += ROW_B;
    }
    // With two tiles, the barrier of the next step lies between this step's reading and the writing after it.
    if (!DOUBLE) { workgroupBarrier(); }
  }
  // An array and a loop, so that a compiler that inlines everything makes one copy of the epilogue instead of sixteen.
  var tile = array<vec4f, 16>(c00, c10, c20, c30, c40, c50, c60, c70, c01, c11, c21, c31, c41, c51, c61, c71);
  let rows = select(4u, 8u, WIDE_ROWS);
  let across = select(1u, 2u, WIDE_CELLS);
  for (var i = 0u; i < rows * across; i++) {
    let row = i % rows;
    let m = 4u * (firstQuad + local.y + (row / 4u) * DOWN) + row % 4u;
    let cell = firstCell + local.x + (i / rows) * ACROSS;
    if (m < u.rows && cell < columns) { finish(m, cell, tile[(i / rows) * 8u + row]); }
  }
}
