// Stores float32 numbers as float16, two in a word, the earlier in its lower half.
//   packed[i] = half(x[2 i]) | half(x[2 i + 1]) << 16       x [length], packed [ceil(length / 2)]; past the last number there is a zero
// reads x   writes (=) packed   grid: flat over ceil(length / 2) invocations
// The rounding is written out because pack2x16float rounds as the adapter likes.
struct Uniforms { length: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> packed: array<u32>;

// Rounds to nearest, ties to even. What is beyond the largest float16 becomes the largest; NaN stays NaN.
fn halfOf(value: f32) -> u32 {
  let word = bitcast<u32>(value);
  let sign = (word >> 16u) & 0x8000u;
  let magnitude = word & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return sign | 0x7e00u; }
  // From here on rounding would go past the largest.
  if (magnitude >= 0x477ff000u) { return sign | 0x7bffu; }
  // Below 2^-14 the halves are the multiples of 2^-24, the last place of a float32 between 1/2 and 1.
  if (magnitude < 0x38800000u) { return sign | (bitcast<u32>(bitcast<f32>(magnitude) + 0.5) - 0x3f000000u); }
  // The exponent's bias from 127 to 15, and 13 of the fraction's bits rounded away; a carry goes into the exponent.
  return sign | ((magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13u) & 1u)) >> 13u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let at = 2u * index;
  if (at >= u.length) { return; }
  var word = halfOf(x[at]);
  if (at + 1u < u.length) { word |= halfOf(x[at + 1u]) << 16u; }
  packed[index] = word;
}
