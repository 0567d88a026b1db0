import type { PredictionFilter } from '../../results/predictions/rows.js';
import { DraftField, SelectField } from '../common/controls.js';
import type { Read } from '../common/draft.js';
import { count } from '../format.js';

/** The choice of all classes. */
const ALL = '*';

/** Filters the rows by class and by bounds of the confidence. */
export function PredictionFilters({
  counts,
  filter,
  onFilter,
}: {
  counts: readonly { readonly class: string; readonly pictures: number }[];
  filter: PredictionFilter;
  onFilter: (filter: PredictionFilter) => void;
}) {
  // A class may be named like the choice of all, so classes are identified by their numbers.
  const chosen = counts.findIndex((each) => each.class === filter.class);
  return (
    <div className="line wrap prediction-filters">
      <SelectField
        label="Class to show"
        value={chosen < 0 ? ALL : String(chosen)}
        choices={[
          { value: ALL, label: 'All classes' },
          ...counts.map((each, index) => ({ value: String(index), label: `${each.class} (${count(each.pictures)})` })),
        ]}
        onChange={(value) => onFilter({ ...filter, class: value === ALL ? null : (counts[Number(value)]?.class ?? null) })}
      />
      <Bound label="Confidence in %: at least" value={filter.least} onChange={(least) => onFilter({ ...filter, least })} />
      <Bound label="at most" value={filter.most} onChange={(most) => onFilter({ ...filter, most })} />
    </div>
  );
}

function readPercent(text: string): Read<number> {
  const number = text.trim() === '' ? NaN : Number(text.replace('%', '').replace(',', '.'));
  return number >= 0 && number <= 100 ? { value: number / 100 } : { reason: 'A number from 0 to 100.' };
}

function Bound({ label, value, onChange }: { label: string; value: number; onChange: (value: number) => void }) {
  return <DraftField label={label} shown={String(Number((value * 100).toFixed(2)))} read={readPercent} onTake={onChange} />;
}
