// Attention without fusion, the last pass of the forward and of the backward: sums of rows of values, weighted by what is stored.
//   u.part 3: out_i = sum_j w_ij v_j / sum_j w_ij, and lse_i = (highest_i + log2 sum_j w_ij) log(2) where u.save     w: exponentials
//   u.part 0: dq_i = sum_j w_ij k_j      w: gradients of logits        u.part 1: dk_j = sum_i w_ij q_i      w: the same
//   u.part 2: dv_j = sum_i w_ij dout_i   w: probabilities
// Sums run over keys, or over queries (parts 1 and 2), in their order. Only the first Q tokens of each image are queries; dq of the other
// tokens is zero.
// shapes: scores as in attention/stored-scores, highest [images, H, Q], qkv [B, N, 3, H, D], dout [B, Q, H, D], lse [B, H, Q];
//   goal: out [B, Q, H, D], or dqkv [B, N, 3, H, D]
// reads scores, highest, qkv, dout   writes (=) goal (of dqkv the part u.part), lse
// grid: (ceil(rows / tile) slices, H, images) workgroups; each slice has OWN x ACROSS cells of D
struct Uniforms {
  tokens: u32, queries: u32, heads: u32, headWidth: u32, scale: f32, proportional: u32, slices: u32, most: u32, first: u32, quads: u32,
  save: u32, part: u32,
}
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> scores: array<vec4f>;
@group(0) @binding(2) var<storage, read> highest: array<f32>;
@group(0) @binding(3) var<storage, read> qkv: array<Cell>;
@group(0) @binding(4) var<storage, read> dout: array<Cell>;
@group(0) @binding(5) var<storage, read_write> goal: array<Cell>;
@group(0) @binding(6) var<storage, read_write> lse: array<f32>;

const PRODUCTS = 1u;

fn valueCell(product: u32, token: u32, cell: u32) -> vec4f {
  switch u.part {
    case 0u: { return qkvCell(qkvBegin(image, token, head, 1u), cell); }
    case 1u: { return qkvCell(qkvBegin(image, min(token, u.queries - 1u), head, 0u), cell); }
    case 2u: { return doutCell(token, cell); }
    default: { return qkvCell(qkvBegin(image, token, head, 2u), cell); }
  }
}

// The weights of four rows (queries) for the keys from `key` on; none past the last.
fn rowWeights(query: u32, key: u32) -> vec4f {
  if (!stored(query, key)) { return vec4f(); }
  return scores[quadOf(query, key)];
}

// Four rows by four columns, [row][column].
fn weightsOf(row: u32, column: u32) -> mat4x4f {
  if (u.part == 1u || u.part == 2u) {
    return transpose(mat4x4f(
      rowWeights(column, row), rowWeights(column + 1u, row), rowWeights(column + 2u, row), rowWeights(column + 3u, row)));
  }
  return mat4x4f(rowWeights(row, column), rowWeights(row + 1u, column), rowWeights(row + 2u, column), rowWeights(row + 3u, column));
}

fn put(at: u32, value: Cell) { goal[at] = value; }

fn store(row: u32, cell: u32, value: vec4f) {
  if (row >= select(u.tokens, u.queries, u.part == 3u) || 4u * cell >= u.headWidth) { return; }
  var begin = 4u * cell;
  if (u.part == 3u) { begin += askedBegin(row); } else { begin += qkvBegin(image, row, head, u.part); }
  storeCell(begin, cell, value);
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = placeOf(group);
  image += u.first;
  let columns = select(u.tokens, u.queries, u.part == 1u || u.part == 2u);
  let row = place.first + 4u * local.y;
  var acc: array<vec4f, 16>;
  var norm = vec4f();
  for (var j = 0u; j < columns; j += 4u * ACROSS) {
    shareWeights(weightsOf(row, j + 4u * local.x), local);
    for (var k = 0u; k < 4u * ACROSS && j + k < columns; k += STAGED) {
      stageValues(0u, j + k, place.slice, lane);
      workgroupBarrier();
      addWeighted(&acc, &norm, k, local);
      workgroupBarrier();
    }
  }
  // A copy, so that no other array is indexed by a variable.
  var sums = acc;
  let end = endless(4u * OWN);
  for (var i = 0u; i < end; i++) {
    var value = sums[i];
    if (u.part == 3u) { value /= norm[i % 4u]; }
    store(row + i % 4u, place.slice + local.x + (i / 4u) * ACROSS, value);
  }
  if (u.part != 3u || u.save == 0u || place.slice > 0u || local.x > 0u) { return; }
  for (var i = 0u; i < 4u; i++) {
    if (row + i >= u.queries) { continue; }
    let query = head * u.queries + row + i;
    let top = highest[(image - u.first) * u.heads * u.queries + query];
    lse[image * u.heads * u.queries + query] = (top + log2(norm[i])) * LN_2;
  }
}
