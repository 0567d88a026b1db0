import { balanceOf } from '../../../results/balance.js';
import type { DataSummary } from '../../../protocol/api.js';
import { count, percent } from '../../format.js';

/** Says that classes are unbalanced, and which accuracy the most frequent class alone would give. */
export function ClassBalance({ classes }: Pick<DataSummary, 'classes'>) {
  const balance = balanceOf(classes);
  if (!balance?.unequal) return null;
  const { largest, smallest, most, fewest, chance } = balance;
  return (
    <p className="small warn">
      Unbalanced classes: {count(most)} pictures of {largest}, {count(fewest)} of {smallest}. Always predicting {largest} would be
      right for {percent(chance, 0)}: look at the balanced accuracy, which counts every class alike.
    </p>
  );
}
