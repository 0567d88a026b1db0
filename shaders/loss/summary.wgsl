// Adds the rows of a batch up, in order.
//   result = (mean loss, hits)        rows [B, 2]
// A loss that is not finite marks the run as unhealthy: from then on AdamW leaves every weight alone.
// reads rows   writes (=) result; updates health   grid: one invocation
struct Uniforms { batch: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<storage, read_write> health: array<atomic<u32>>;

@compute @workgroup_size(1)
fn main() {
  var loss = 0.0;
  var hits = 0.0;
  for (var image = 0u; image < u.batch; image++) {
    loss += rows[2u * image];
    hits += rows[2u * image + 1u];
  }
  loss /= f32(step.images);
  result[0] = loss;
  result[1] = hits;
  if (!isFinite(loss)) { atomicMax(&health[0], 1u); }
}
