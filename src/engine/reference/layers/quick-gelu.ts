const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** y = x sigmoid(1.702 x), elementwise. */
export function quickGelu(x: Float64Array): Float64Array {
  return x.map((value) => value * sigmoid(1.702 * value));
}

/** With s = sigmoid(1.702 x): dx = dy (s + 1.702 x s (1 - s)), elementwise. */
export function quickGeluBackward(dy: Float64Array, x: Float64Array): Float64Array {
  return x.map((value, i) => {
    const s = sigmoid(1.702 * value);
    return dy[i]! * (s + 1.702 * value * s * (1 - s));
  });
}
