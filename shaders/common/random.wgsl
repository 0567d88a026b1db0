// Counter-based random bits: pcg4d of Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020.
// The same key gives the same bits on every adapter and in any order of evaluation.
fn pcg4d(key: vec4u) -> vec4u {
  var v = mixRound(key * 1664525u + 1013904223u);
  v ^= v >> vec4u(16u);
  return mixRound(v);
}

fn mixRound(key: vec4u) -> vec4u {
  var v = key;
  v.x += v.y * v.w;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v.w += v.y * v.z;
  return v;
}

// Uniform in [0, 1) with 24 bits.
fn unit(bits: u32) -> f32 {
  return f32(bits >> 8u) * (1.0 / 16777216.0);
}

// 0 with probability p, otherwise 1 / (1 - p): the factor of dropout and stochastic depth for element `index` of a site. Four neighbouring
// elements use one hash.
fn keepFactor(seed: u32, number: u32, site: u32, index: u32, p: f32) -> f32 {
  let draw = unit(pcg4d(vec4u(seed, number, site, index / 4u))[index % 4u]);
  return select(1.0 / (1.0 - p), 0.0, draw < p);
}
