// Attention without fusion, the first of three passes: the logits, in units of log(2).
//   score_ij = (scale q_i.k_j + log(size_j)) log2(e)              log(size_j) only where u.proportional
// shapes: qkv [B, N, 3, H, D], size [B, N], scores as in attention/stored-scores
// reads qkv, size   writes (=) scores   grid: (ceil(Q / rows) ceil(N / columns), H, images) workgroups
struct Uniforms {
  tokens: u32, queries: u32, heads: u32, headWidth: u32, scale: f32, proportional: u32, slices: u32, most: u32, first: u32, quads: u32,
}
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> qkv: array<Cell>;
@group(0) @binding(2) var<storage, read> size: array<f32>;
@group(0) @binding(3) var<storage, read_write> scores: array<vec4f>;

const PRODUCTS = 1u;

fn rowCell(product: u32, token: u32, cell: u32) -> vec4f { return qkvCell(qkvBegin(image, token, head, 0u), cell); }
fn columnCell(product: u32, token: u32, cell: u32) -> vec4f { return qkvCell(qkvBegin(image, token, head, 1u), cell); }

fn store(row: u32, column: u32, score: vec4f) {
  if (stored(row, column)) { scores[quadOf(row, column)] = score; }
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = placeOf(group);
  image += u.first;
  let columns = 4u * ACROSS * (group.x % u.slices);
  var s = mat4x4f();
  for (var cell = 0u; cell < place.cells; cell += STEP) {
    stageRows(place.first, cell, 0u, lane);
    stageColumns(columns, cell, lane);
    workgroupBarrier();
    addScores(&s, 0u, 0u, local);
    workgroupBarrier();
  }
  let scale = u.scale * LOG2_E;
  let row = place.first + 4u * local.y;
  let column = columns + 4u * local.x;
  let bias = keyBias(image, column) * LOG2_E;
  store(row, column, fma(s[0], vec4f(scale), bias));
  store(row + 1u, column, fma(s[1], vec4f(scale), bias));
  store(row + 2u, column, fma(s[2], vec4f(scale), bias));
  store(row + 3u, column, fma(s[3], vec4f(scale), bias));
}
