// GELU by the error function, as ViT uses it, and CLIP's quick form, with their derivatives.
// erf by Abramowitz and Stegun 7.1.26: within 1.5e-7, the last bits of a float32 result near 1.
fn erf(x: Cell) -> Cell {
  let t = 1.0 / (1.0 + 0.3275911 * abs(x));
  let polynomial = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return sign(x) * (1.0 - polynomial * exp(-x * x));
}

fn gelu(x: Cell) -> Cell { return 0.5 * x * (1.0 + erf(x * 0.70710678118654752)); }

// Phi(x) + x phi(x)
fn geluDerivative(x: Cell) -> Cell {
  return 0.5 * (1.0 + erf(x * 0.70710678118654752)) + x * exp(-0.5 * x * x) * 0.39894228040143268;
}

fn quickGelu(x: Cell) -> Cell { return x / (1.0 + exp(-1.702 * x)); }

// s + 1.702 x s (1 - s), s = sigmoid(1.702 x)
fn quickGeluDerivative(x: Cell) -> Cell {
  let s = 1.0 / (1.0 + exp(-1.702 * x));
  return s * (1.0 + 1.702 * x * (1.0 - s));
}
