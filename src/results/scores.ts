/** Scores of a confusion matrix of counts (rows: true class, columns: predicted class), besides accuracy. */

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Mean of the recalls of all classes: the accuracy if all classes had equally many pictures. Classes without pictures do not count. */
export function balancedAccuracy(confusion: readonly (readonly number[])[]): number {
  const recalls = confusion.flatMap((row, label) => {
    const pictures = sum(row);
    return pictures > 0 ? [(row[label] ?? 0) / pictures] : [];
  });
  return sum(recalls) / recalls.length;
}

/** Mean of the F1 scores of all classes. A class that has no pictures and is never predicted does not count. */
export function macroF1(confusion: readonly (readonly number[])[]): number {
  const scores = confusion.flatMap((row, label) => {
    const right = row[label] ?? 0;
    const either = sum(row) + sum(confusion.map((other) => other[label] ?? 0));
    return either > 0 ? [(2 * right) / either] : [];
  });
  return sum(scores) / scores.length;
}

/** Accuracy of always predicting the most frequent class, which a classifier has to exceed. */
export function chanceAccuracy(confusion: readonly (readonly number[])[]): number {
  const pictures = confusion.map(sum);
  return Math.max(...pictures) / sum(pictures);
}

/** Whether the largest class has at least twice the pictures of the smallest, so that accuracy alone would mislead. */
export function isUnbalanced(confusion: readonly (readonly number[])[]): boolean {
  const pictures = confusion.map(sum).filter((count) => count > 0);
  return Math.max(...pictures) >= 2 * Math.min(...pictures);
}
