// Random pairs: draws a partner and a score for each even token from (seed, block) and the token alone, the same for every image. Ranking
// then takes the r highest scores.
//   h = pcg4d(seed, block, i, DRAWN);  best[i] = unit(h.x), partner[i] = first + h.y mod (odds - first)
// over the odd tokens from `first` on, which are not protected
// writes (=) best, partner [B, E], E = even tokens   grid: flat over B E invocations
struct Uniforms { count: u32, evens: u32, odds: u32, first: u32, seed: u32, block: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> best: array<f32>;
@group(0) @binding(2) var<storage, read_write> partner: array<u32>;

// "pair" in ASCII, which distinguishes these draws from those of dropout.
const DRAWN = 0x70616972u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  if (index >= u.count) { return; }
  let h = pcg4d(vec4u(u.seed, u.block, index % u.evens, DRAWN));
  best[index] = unit(h.x);
  partner[index] = u.first + h.y % (u.odds - u.first);
}
