// PYRA's backward, 2 of 4: through the sigmoids, and each image's sums over its pairs.
//   dz_r = dg_r (1 - g_r^2) / 2 (PAIRS, else 0; 0 of a pair from `trainedPairs` on, whose g_r is 0)
//   dz_D = (sum over pairs of u * g_r) * g_D (1 - g_D / 2) (CHANNELS, else 0); without PAIRS gChannels is g_D - 1, its factor (1 - g^2) / 2
//   s_a = sum a * normalised, s_r = sum dz_r * normalised, s = sum dz_r, over the image's pairs
// reads terms [B, r, C / CELL + 1], gChannels [B, C], gPairs [B, r], a [r], normalised [B, r, C], gamma, beta [C]
// writes (=) sums, of each image in cells: dz_D, dz_D * s_a, s_r, gamma * s_r + beta * s (C / CELL each), s (1), dz_r (r), and r for 3 of 4
// grid: flat over B C / CELL invocations
struct Uniforms { images: u32, cells: u32, r: u32, trainedPairs: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> terms: array<Cell>;
@group(0) @binding(2) var<storage, read> gChannels: array<Cell>;
@group(0) @binding(3) var<storage, read> gPairs: array<f32>;
@group(0) @binding(4) var<storage, read> a: array<f32>;
@group(0) @binding(5) var<storage, read> normalised: array<Cell>;
@group(0) @binding(6) var<storage, read> gamma: array<Cell>;
@group(0) @binding(7) var<storage, read> beta: array<Cell>;
@group(0) @binding(8) var<storage, read_write> sums: array<Cell>;

override CHANNELS: bool;
override PAIRS: bool;

fn pairLogitGradient(pair: u32) -> Cell {
  if (!PAIRS || pair % u.r >= u.trainedPairs) { return Cell(0.0); }
  let g = gPairs[pair];
  return terms[pair * (u.cells + 1u) + u.cells] * (0.5 * (1.0 - g * g));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  if (index >= u.images * u.cells) { return; }
  let image = index / u.cells;
  let cell = index % u.cells;
  var dg = Cell(0.0);
  var sa = Cell(0.0);
  var sr = Cell(0.0);
  var s = Cell(0.0);
  for (var k = 0u; k < u.r; k++) {
    let pair = image * u.r + k;
    let value = normalised[pair * u.cells + cell];
    let dz = pairLogitGradient(pair);
    dg += terms[pair * (u.cells + 1u) + cell] * gPairs[pair];
    sa += value * a[k];
    sr += value * dz;
    s += dz;
  }
  var dz = Cell(0.0);
  if (CHANNELS) {
    let g = gChannels[index];
    if (PAIRS) { dz = dg * g * (1.0 - 0.5 * g); } else { dz = dg * 0.5 * (1.0 - g * g); }
  }
  let begin = image * sumsLength(u.cells, u.r);
  sums[begin + cell] = dz;
  sums[begin + u.cells + cell] = dz * sa;
  sums[begin + 2u * u.cells + cell] = sr;
  sums[begin + 3u * u.cells + cell] = gamma[cell] * sr + beta[cell] * s;
  if (cell == 0u) { sums[begin + 4u * u.cells] = s; }
  for (var k = cell; k < u.r; k += u.cells) {
    sums[begin + pairLogits(u.cells) + k] = pairLogitGradient(image * u.r + k);
  }
}
