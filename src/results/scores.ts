/** Scores of a confusion matrix (rows: true class, columns: predicted class; counts) beside plain accuracy. */

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Mean of the classes' recalls: what accuracy would be with equally many pictures a class. Classes without a picture do not count. */
export function balancedAccuracy(confusion: readonly (readonly number[])[]): number {
  const recalls = confusion.flatMap((row, label) => {
    const pictures = sum(row);
    return pictures > 0 ? [(row[label] ?? 0) / pictures] : [];
  });
  return sum(recalls) / recalls.length;
}

/** Mean of the classes' F1 scores; a class that neither stands in the data nor is ever predicted does not count. */
export function macroF1(confusion: readonly (readonly number[])[]): number {
  const scores = confusion.flatMap((row, label) => {
    const right = row[label] ?? 0;
    const either = sum(row) + sum(confusion.map((other) => other[label] ?? 0));
    return either > 0 ? [(2 * right) / either] : [];
  });
  return sum(scores) / scores.length;
}

/** Accuracy of always naming the most frequent class: the line that a classifier has to be above. */
export function chanceAccuracy(confusion: readonly (readonly number[])[]): number {
  const pictures = confusion.map(sum);
  return Math.max(...pictures) / sum(pictures);
}

/** The largest class has at least twice the pictures of the smallest: accuracy alone would mislead. */
export function isUnbalanced(confusion: readonly (readonly number[])[]): boolean {
  const pictures = confusion.map(sum).filter((count) => count > 0);
  return Math.max(...pictures) >= 2 * Math.min(...pictures);
}
