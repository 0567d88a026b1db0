/** How unbalanced the classes of a data set are. */
export interface Balance {
  readonly largest: string;
  readonly smallest: string;
  readonly most: number;
  readonly fewest: number;
  /** Accuracy of always predicting the largest class, 0 to 1. */
  readonly chance: number;
  /** Whether the largest class has at least twice the pictures of the smallest, so that accuracy alone would mislead. */
  readonly unequal: boolean;
}

/** Null where no class has a picture. */
export function balanceOf(classes: readonly { readonly name: string; readonly pictures: number }[]): Balance | null {
  const filled = classes.filter(({ pictures }) => pictures > 0).sort((a, b) => b.pictures - a.pictures);
  const [first] = filled;
  const last = filled.at(-1);
  if (!first || !last) return null;
  const all = filled.reduce((sum, { pictures }) => sum + pictures, 0);
  return {
    largest: first.name,
    smallest: last.name,
    most: first.pictures,
    fewest: last.pictures,
    chance: first.pictures / all,
    unequal: first.pictures >= 2 * last.pictures,
  };
}
