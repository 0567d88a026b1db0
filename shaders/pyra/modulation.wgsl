// PYRA's two modulations of the tokens that merge away, from M = normalised * gamma + beta:
//   g_D = 2 sigmoid(sum over pairs of a * M) [B, C];  g_r = 2 sigmoid(sum over channels of M * b) - 1 [B, r]
// A half that is off (CHANNELS, PAIRS) is written as ones; g_D without the pairs' half is 2 sigmoid(..) - 1, so that zero weights
// leave the tokens as they are. g_r of a pair that was never trained, from `trainedPairs` on in an image's order, is 0.
// reads normalised [B, r, C], gamma, beta, b [C], a [r]   writes (=) gChannels, gPairs
// grid: groups of LANES invocations, ROWS a workgroup: first one for each pair, then ceil(C / CELL / LANES) for each image's channels
struct Uniforms { images: u32, cells: u32, r: u32, trainedPairs: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> normalised: array<Cell>;
@group(0) @binding(2) var<storage, read> gamma: array<Cell>;
@group(0) @binding(3) var<storage, read> beta: array<Cell>;
@group(0) @binding(4) var<storage, read> a: array<f32>;
@group(0) @binding(5) var<storage, read> b: array<Cell>;
@group(0) @binding(6) var<storage, read_write> gChannels: array<Cell>;
@group(0) @binding(7) var<storage, read_write> gPairs: array<f32>;

override CHANNELS: bool;
override PAIRS: bool;

// Beyond this the exponential would overflow, and the sigmoid is constant long before.
const FLAT = 60.0;

// 2 sigmoid(z) - 1 = tanh(z / 2). Near 0, where training starts, it is computed by its series, since the difference would lose significant
// digits.
fn twiceSigmoidLess1(z: f32) -> f32 {
  let y = 0.5 * z;
  let s = y * y;
  let series = y * (1.0 + s * (-1.0 / 3.0 + s * (2.0 / 15.0 + s * (-17.0 / 315.0))));
  return select(2.0 / (1.0 + exp(-clamp(z, -FLAT, FLAT))) - 1.0, series, abs(z) < 0.5);
}

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let job = (group.y * groups.x + group.x) * ROWS + local.y;
  let pairJobs = u.images * u.r;
  var sum = 0.0;
  if (PAIRS && job < pairJobs) {
    for (var c = local.x; c < u.cells; c += LANES) { sum += total((normalised[job * u.cells + c] * gamma[c] + beta[c]) * b[c]); }
  }
  let logit = laneSum(sum, local);
  if (job < pairJobs) {
    let g = select(1.0, twiceSigmoidLess1(logit), PAIRS);
    if (local.x == 0u) { gPairs[job] = select(0.0, g, job % u.r < u.trainedPairs); }
    return;
  }
  let chunks = (u.cells + LANES - 1u) / LANES;
  let image = (job - pairJobs) / chunks;
  let cell = ((job - pairJobs) % chunks) * LANES + local.x;
  if (image >= u.images || cell >= u.cells) { return; }
  var g = Cell(1.0);
  if (CHANNELS) {
    var z = Cell(0.0);
    for (var k = 0u; k < u.r; k++) { z += a[k] * (normalised[(image * u.r + k) * u.cells + cell] * gamma[cell] + beta[cell]); }
    g = 2.0 / (1.0 + exp(-clamp(z, Cell(-FLAT), Cell(FLAT))));
    if (!PAIRS) { g -= 1.0; }
  }
  gChannels[image * u.cells + cell] = g;
}
