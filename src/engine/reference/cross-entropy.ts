import { requireLength } from './shapes.js';

export interface CrossEntropyShape {
  readonly images: number;
  readonly classes: number;
}

/**
 * Mean over the images of w -log softmax(logits)[label], in nats; dlogits = w (softmax - onehot) / B. Without weights w is 1.
 *
 * logits [B, K], labels [B], weights [B]; returns the loss, dlogits [B, K], and the number of images whose label is the first of the
 * largest logits.
 */
export function crossEntropy(
  logits: Float64Array,
  labels: ArrayLike<number>,
  shape: CrossEntropyShape,
  weights?: ArrayLike<number>,
): { loss: number; dlogits: Float64Array; correct: number } {
  const { images, classes } = shape;
  requireLength('crossEntropy: logits', logits, images, classes);
  requireLength('crossEntropy: labels', labels, images);
  if (weights) requireLength('crossEntropy: weights', weights, images);
  const dlogits = new Float64Array(images * classes);
  let loss = 0;
  let correct = 0;
  for (let b = 0; b < images; b++) {
    const row = logits.subarray(b * classes, (b + 1) * classes);
    const label = labels[b]!;
    const weight = weights ? weights[b]! : 1;
    if (!(label >= 0 && label < classes))
      throw new RangeError(`crossEntropy: label ${b} is ${label}, expected 0 to ${classes - 1}`);
    const largest = Math.max(...row);
    const sum = row.reduce((total, value) => total + Math.exp(value - largest), 0);
    loss += (weight * (largest + Math.log(sum) - row[label]!)) / images;
    if (row.indexOf(largest) === label) correct++;
    row.forEach((value, k) => {
      dlogits[b * classes + k] = (weight * (Math.exp(value - largest) / sum - (k === label ? 1 : 0))) / images;
    });
  }
  return { loss, dlogits, correct };
}
