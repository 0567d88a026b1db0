/**
 * Weights that give each class the same total weight in the loss: n / (k n_c) for a class with n_c of n pictures, where k classes have
 * pictures (King and Zeng, Political Analysis 2001). Their mean over the pictures is 1, so that learning rates need no change.
 *
 * @param labels the labels of the training pictures.
 * @returns [K]; 0 for a class without pictures, whose weight is never used.
 */
export function balancedWeights(labels: ArrayLike<number>, classes: number): Float64Array {
  const pictures = new Float64Array(classes);
  for (let index = 0; index < labels.length; index++) pictures[labels[index] ?? 0]! += 1;
  const present = pictures.reduce((count, own) => count + (own > 0 ? 1 : 0), 0);
  return pictures.map((own) => (own > 0 ? labels.length / (present * own) : 0));
}
