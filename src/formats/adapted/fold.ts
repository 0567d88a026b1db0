import { PlaygroundError } from '../../vit/errors.js';
import type { NamedTensor } from '../../containers/tensors.js';

/**
 * Folds LoRA into the layer beside it: W' = W + B A. Sums are float64 and rounded once.
 *
 * weight [O, I] (of a convolution [O, ...], with I elements for each output), a [rank, I], b [O, rank]; returns the weight's shape. Throws
 * `weights.wrong-shape` where they do not fit.
 */
export function foldLora(weight: NamedTensor, a: NamedTensor, b: NamedTensor, subject: string): NamedTensor {
  const [outputs = 0, ...rest] = weight.shape;
  const inputs = rest.reduce((product, length) => product * length, 1);
  const rank = a.shape[0] ?? 0;
  if (a.shape[1] !== inputs || b.shape[0] !== outputs || b.shape[1] !== rank) {
    const found = `LoRA's [${a.shape.join(', ')}] and [${b.shape.join(', ')}] do not fit a weight of [${outputs}, ${inputs}]`;
    throw new PlaygroundError('weights.wrong-shape', `${subject}: ${found}`, { subject });
  }
  const data = new Float32Array(outputs * inputs);
  const row = new Float64Array(inputs);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) row[i] = weight.data[o * inputs + i]!;
    for (let k = 0; k < rank; k++) {
      const factor = b.data[o * rank + k]!;
      for (let i = 0; i < inputs; i++) row[i]! += factor * a.data[k * inputs + i]!;
    }
    data.set(row, o * inputs);
  }
  return { shape: weight.shape, data };
}
