// The keepFactors of four consecutive elements, the first at a multiple of four: one random draw gives all of them.
fn keepCell(seed: u32, number: u32, site: u32, index: u32, p: f32) -> vec4f {
  let bits = pcg4d(vec4u(seed, number, site, index / 4u));
  let draws = vec4f(bits >> vec4u(8u)) * (1.0 / 16777216.0);
  return select(vec4f(1.0 / (1.0 - p)), vec4f(0.0), draws < vec4f(p));
}
