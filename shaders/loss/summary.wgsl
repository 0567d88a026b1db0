// Adds up the rows of a batch, or of a group of its images, in order.
//   result = (sum of losses / step.images, hits)        rows [B, 2]
// reads rows   writes (=) result   grid: one invocation
struct Uniforms { images: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;

@compute @workgroup_size(1)
fn main() {
  var loss = 0.0;
  var hits = 0.0;
  for (var image = 0u; image < u.images; image++) {
    loss += rows[2u * image];
    hits += rows[2u * image + 1u];
  }
  result[0] = loss / f32(step.images);
  result[1] = hits;
}
