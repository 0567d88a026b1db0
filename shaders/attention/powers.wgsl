// Exponentials as powers of two, whose rounding does not depend on the number that is subtracted from the exponents.
const LOG2_E = 1.4426950408889634;
const LN_2 = 0.6931471805599453;

// 2^n for whole numbers up to 0, exactly; 0 where float32 has no normal number for it.
fn powerOfTwo(n: vec4f) -> vec4f {
  let bits = vec4u(max(n, vec4f(-126.0)) + 127.0) << vec4u(23u);
  return select(bitcast<vec4f>(bits), vec4f(), n < vec4f(-126.0));
}

// 2^(x - highest), computed so that another `highest` changes only the exponent.
fn powers(x: vec4f, highest: f32) -> vec4f {
  let whole = floor(x);
  return exp2(x - whole) * powerOfTwo(whole - highest);
}

fn most(x: vec4f) -> f32 { return max(max(x.x, x.y), max(x.z, x.w)); }
