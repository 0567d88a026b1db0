// Random pairs: draws a partner and a score for each even token from (seed, block) and the token alone, the same for every image. The r
// highest scores merge.
//   h = pcg4d(seed, block, i, DRAWN);  best[i] = unit(h.x), partner[i] = first + h.y mod (odds - first)
// over the odd tokens from `first` on, which are not protected; then `merge/ranking.wgsl`
// writes (=) work, pairs, score, rowOf, originOf as there   grid: B workgroups
struct Uniforms { tokens: u32, evens: u32, odds: u32, r: u32, protectedTokens: u32, first: u32, seed: u32, block: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> work: array<u32>;
@group(0) @binding(2) var<storage, read_write> pairs: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> score: array<f32>;
@group(0) @binding(4) var<storage, read_write> rowOf: array<u32>;
@group(0) @binding(5) var<storage, read_write> originOf: array<u32>;

// "pair" in ASCII, which distinguishes these draws from those of dropout.
const DRAWN = 0x70616972u;
const LANES = 128u;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u) {
  for (var i = index; i < u.evens; i += LANES) {
    let h = pcg4d(vec4u(u.seed, u.block, i, DRAWN));
    choose(group.x, i, unit(h.x), u.first + h.y % (u.odds - u.first));
  }
  storageBarrier();
  rankPairs(group.x, index, LANES);
}
