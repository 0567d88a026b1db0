import { useMemo, useState } from 'react';
import type { DataSummary } from '../../../protocol/api.js';
import type { Part } from '../../../protocol/maps.js';
import { Button, SelectField } from '../../common/controls.js';
import { Thumbnail, Thumbnails, useScatteredThumbnails } from '../../common/pictures/Thumbnail.js';
import { LabelCorrection } from './LabelCorrection.js';
import { count } from '../../format.js';
import { shownBrowsed } from '../../../store/facts.js';
import { usePlayground } from '../../playground.js';

const PARTS: readonly { readonly value: Part; readonly label: string }[] = [
  { value: 'train', label: 'Training' },
  { value: 'validation', label: 'Validation' },
  { value: 'test', label: 'Test' },
];
const ALL = 'all';
/** How many more pictures a press shows. */
const STEP = 24;
const NONE: readonly number[] = [];

/** The pictures of a part and class, a few at first and more on request. */
export function PictureBrowser({ data }: { data: DataSummary }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="small" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Look through the pictures</summary>
      {open && <Browser data={data} />}
    </details>
  );
}

function Browser({ data }: { data: DataSummary }) {
  const browsed = usePlayground(shownBrowsed);
  const browse = usePlayground((state) => state.browse);
  const [shown, setShown] = useState(STEP);
  const part = browsed?.part ?? 'train';
  const label = browsed?.label ?? null;
  const look = (nextPart: Part, nextLabel: number | null): void => {
    setShown(STEP);
    void browse(nextPart, nextLabel);
  };
  const total = data.pictures[part];
  const everything = useMemo(() => Array.from({ length: total }, (_, index) => index), [total]);
  const indices = browsed ? (browsed.indices ?? NONE) : everything;
  const visible = useMemo(() => indices.slice(0, shown), [indices, shown]);
  useScatteredThumbnails(part, visible);
  return (
    <div className="stack details-body">
      <div className="line">
        <SelectField
          label="Part to look through"
          value={part}
          choices={PARTS.filter(({ value }) => data.pictures[value] > 0)}
          onChange={(next) => look(next, label)}
        />
        <SelectField
          label="Class to look through"
          value={label === null ? ALL : String(label)}
          choices={[
            { value: ALL, label: 'All classes' },
            ...data.classes.map(({ name }, index) => ({ value: String(index), label: name })),
          ]}
          onChange={(next) => look(part, next === ALL ? null : Number(next))}
        />
      </div>
      <Thumbnails className="thumbnails browsed" label="Pictures looked through">
        {visible.map((index) => (
          <Thumbnail key={index} part={part} index={index} />
        ))}
      </Thumbnails>
      <LabelCorrection data={data} part={part} />
      <div className="spread">
        <span className="soft number">
          {count(visible.length)} of {count(indices.length)}
        </span>
        {indices.length > shown && (
          <Button look="quiet" onClick={() => setShown(shown + STEP)}>
            More
          </Button>
        )}
      </div>
    </div>
  );
}
