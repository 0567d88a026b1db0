/** The labels in the order of their numbers, from 0 on; undefined where a number is missing or no label was ever given a name. */
export function labelsInOrder(byNumber: Readonly<Record<string, string>>): readonly string[] | undefined {
  const labels: string[] = [];
  for (let number = 0; number < Object.keys(byNumber).length; number++) {
    const label = byNumber[String(number)];
    if (label === undefined) return undefined;
    labels.push(label);
  }
  return named(labels);
}

/** transformers calls outputs without names `LABEL_0` and so on. */
export function named(labels: readonly string[]): readonly string[] | undefined {
  return labels.length === 0 || labels.every((label, index) => label === `LABEL_${index}`) ? undefined : labels;
}
