/**
 * Weights with which each class counts alike in a loss: N / (K n_c) for a class with n_c of N pictures, K the classes that have any
 * (King and Zeng, Political Analysis 2001). Their mean over the pictures is 1, so that rates need no change.
 *
 * @param labels of the training pictures.
 * @returns [classes]; 0 for a class without a picture, which no batch asks for.
 */
export function balancedWeights(labels: ArrayLike<number>, classes: number): Float64Array {
  const pictures = new Float64Array(classes);
  for (let index = 0; index < labels.length; index++) pictures[labels[index] ?? 0]! += 1;
  const present = pictures.reduce((count, own) => count + (own > 0 ? 1 : 0), 0);
  return pictures.map((own) => (own > 0 ? labels.length / (present * own) : 0));
}
