import type { PredictionFilter } from '../../results/predictions/rows.js';
import { DraftField, SelectField } from '../common/controls.js';
import type { Read } from '../common/draft.js';
import { count } from '../format.js';

/** Beside the classes, all of them. */
const ALL = '*';

/** Which rows stay: of a class, and of a confidence within bounds. */
export function PredictionFilters({
  counts,
  filter,
  onFilter,
}: {
  counts: readonly { readonly class: string; readonly pictures: number }[];
  filter: PredictionFilter;
  onFilter: (filter: PredictionFilter) => void;
}) {
  // A class may be called as the choice of all is: each has its number instead of its name.
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
      <Bound label="At least %" value={filter.least} onChange={(least) => onFilter({ ...filter, least })} />
      <Bound label="At most %" value={filter.most} onChange={(most) => onFilter({ ...filter, most })} />
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
