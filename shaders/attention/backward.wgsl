// Attention's backward. Probabilities are computed again from lse, and all operands are staged in workgroup memory. The kernel is
// dispatched twice:
//   p_ij = exp(logit_ij - lse_i)     delta_i = dout_i.out_i     ds_ij = scale p_ij (dout_i.v_j - delta_i)
//   rows are queries (not KEYS): delta, and dq_i = sum_j ds_ij k_j
//   rows are keys (KEYS), after that: dk_j = sum_i ds_ij q_i and dv_j = sum_i p_ij dout_i
// Only the first Q = u.queries tokens of each image are queries; the gradient of the other tokens' queries is zero.
// shapes: qkv, dqkv [B, N, 3, H, D], size [B, N], out, dout [B, Q, H, D], lse, delta [B, H, Q]
// reads qkv, size, out, dout, lse   writes (=) delta, then reads it; dqkv: the q part, then the k and v parts
// grid: (ceil(N / rows) slices, H, B) workgroups; each slice has OWN x ACROSS cells of D
struct Uniforms { tokens: u32, queries: u32, heads: u32, headWidth: u32, scale: f32, proportional: u32, slices: u32, most: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> qkv: array<Cell>;
@group(0) @binding(2) var<storage, read> size: array<f32>;
@group(0) @binding(3) var<storage, read> out: array<Cell>;
@group(0) @binding(4) var<storage, read> dout: array<Cell>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read_write> delta: array<f32>;
@group(0) @binding(7) var<storage, read_write> dqkv: array<Cell>;

override KEYS: bool;

fn rowCell(product: u32, token: u32, cell: u32) -> vec4f {
  if (KEYS) { return keyCell(product, token, cell); }
  return queryCell(product, token, cell);
}

fn columnCell(product: u32, token: u32, cell: u32) -> vec4f {
  if (KEYS) { return queryCell(product, token, cell); }
  return keyCell(product, token, cell);
}

fn valueCell(product: u32, token: u32, cell: u32) -> vec4f { return columnCell(product, token, cell); }

fn deltas(token: u32) -> vec4f {
  var four = vec4f();
  for (var i = 0u; i < 4u; i++) { four[i] = delta[(image * u.heads + head) * u.queries + min(token + i, u.queries - 1u)]; }
  return four;
}

fn put(at: u32, value: Cell) { dqkv[at] = value; }

fn store(part: u32, row: u32, cell: u32, value: vec4f) {
  if (row >= u.tokens || 4u * cell >= u.headWidth) { return; }
  let begin = qkvBegin(image, row, head, part) + 4u * cell;
  storeCell(begin, cell, value);
}

fn storeAll(part: u32, first: u32, slice: u32, acc: array<vec4f, 16>, local: vec3u) {
  // A copy, so that no other array is indexed by a variable.
  var sums = acc;
  let end = endless(4u * OWN);
  for (var i = 0u; i < end; i++) {
    store(part, first + 4u * local.y + i % 4u, slice + local.x + (i / 4u) * ACROSS, sums[i]);
  }
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = placeOf(group);
  let row = place.first + 4u * local.y;
  var rowBias: vec4f;
  var rowDelta = vec4f();
  if (KEYS) {
    rowBias = keyBias(image, row);
  } else {
    rowBias = queryBias(row);
    rowDelta = freshDeltas(row);
    if (place.slice == 0u && local.x == 0u) {
      for (var i = 0u; i < 4u; i++) {
        if (row + i < u.queries) { delta[(image * u.heads + head) * u.queries + row + i] = rowDelta[i]; }
      }
    }
  }
  let columns = select(u.tokens, u.queries, KEYS);
  // The gradient of tokens that are no queries is zero.
  let none = !KEYS && place.first >= u.queries;
  var acc: array<vec4f, 16>;
  var accValues: array<vec4f, 16>;
  var unused = vec4f();
  for (var j = 0u; j < columns && !none; j += 4u * ACROSS) {
    var s = mat4x4f();
    var t = mat4x4f();
    for (var cell = 0u; cell < place.cells; cell += STEP) {
      let at = select(0u, cell, HELD > STEP);
      if (HELD == STEP || j == 0u) { stageRows(place.first, cell, at, lane); }
      stageColumns(j, cell, lane);
      workgroupBarrier();
      addScores(&s, 0u, at, local);
      addScores(&t, 1u, at, local);
      workgroupBarrier();
    }
    let column = j + 4u * local.x;
    var columnBias: vec4f;
    var columnDelta = vec4f();
    if (KEYS) {
      columnBias = queryBias(column);
      columnDelta = deltas(column);
    } else {
      columnBias = keyBias(image, column);
    }
    var p = mat4x4f();
    if (KEYS) {
      p = mat4x4f(
        probabilities(s[0], vec4f(rowBias.x), columnBias), probabilities(s[1], vec4f(rowBias.y), columnBias),
        probabilities(s[2], vec4f(rowBias.z), columnBias), probabilities(s[3], vec4f(rowBias.w), columnBias));
    } else {
      p = mat4x4f(
        probabilities(s[0], columnBias, vec4f(rowBias.x)), probabilities(s[1], columnBias, vec4f(rowBias.y)),
        probabilities(s[2], columnBias, vec4f(rowBias.z)), probabilities(s[3], columnBias, vec4f(rowBias.w)));
    }
    let ds = mat4x4f(
      logitGradients(p[0], t[0], columnDelta + rowDelta.x), logitGradients(p[1], t[1], columnDelta + rowDelta.y),
      logitGradients(p[2], t[2], columnDelta + rowDelta.z), logitGradients(p[3], t[3], columnDelta + rowDelta.w));
    if (KEYS) {
      shareWeights(p, local);
      for (var k = 0u; k < 4u * ACROSS && j + k < columns; k += STAGED) {
        stageValues(1u, j + k, place.slice, lane);
        workgroupBarrier();
        addWeighted(&accValues, &unused, k, local);
        workgroupBarrier();
      }
    }
    shareWeights(ds, local);
    for (var k = 0u; k < 4u * ACROSS && j + k < columns; k += STAGED) {
      stageValues(0u, j + k, place.slice, lane);
      workgroupBarrier();
      addWeighted(&acc, &unused, k, local);
      workgroupBarrier();
    }
  }
  if (KEYS) {
    storeAll(1u, place.first, place.slice, acc, local);
    storeAll(2u, place.first, place.slice, accValues, local);
  } else {
    storeAll(0u, place.first, place.slice, acc, local);
  }
}
