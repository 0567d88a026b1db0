import { balanceOf } from '../../../results/balance.js';
import type { DataSummary } from '../../../protocol/api.js';
import { count, percent } from '../../format.js';

/** Says where classes are unequal, with the line that a run has to be above. */
export function ClassBalance({ classes }: Pick<DataSummary, 'classes'>) {
  const balance = balanceOf(classes);
  if (!balance?.unequal) return null;
  const { largest, smallest, most, fewest, chance } = balance;
  return (
    <p className="small warn">
      Unequal classes: {count(most)} of {largest}, {count(fewest)} of {smallest}. Always naming {largest} would be right in{' '}
      {percent(chance, 0)}: look at the balanced accuracy, which counts every class alike.
    </p>
  );
}
