import type { DataSummary } from '../../../protocol/api.js';
import type { Part } from '../../../protocol/maps.js';
import { occupied, shownThumbnail } from '../../../store/facts.js';
import { Button, SelectField } from '../../common/controls.js';
import { usePlayground } from '../../playground.js';
import { isDrawn } from '../../../vit/configuration.js';

/**
 * Shows the class of the pressed picture and lets it be corrected; corrections can be undone.
 *
 * @param among indices of the pictures that can be corrected; all of the part where it is left out.
 */
export function LabelCorrection({ data, part, among }: { data: DataSummary; part: Part; among?: readonly number[] }) {
  const index = usePlayground(({ picture }) =>
    picture.part === part && (among?.includes(picture.index) ?? true) ? picture.index : null,
  );
  const steps = usePlayground((state) => state.labelsBefore.length);
  const undo = usePlayground((state) => state.undoRelabel);
  const disabled = usePlayground(occupied);
  if (isDrawn(data.name)) return null;
  return (
    <div className="stack">
      {index === null ? (
        <p className="faint">Press a picture to see its class here, and to correct it.</p>
      ) : (
        <Correction data={data} part={part} index={index} />
      )}
      {steps > 0 && (
        <p>
          <Button look="quiet" disabled={disabled} onClick={() => void undo()}>
            Take the last correction back
          </Button>
        </p>
      )}
    </div>
  );
}

/** Stays rendered while the corrected data set's thumbnails are loading, so that it keeps the focus. */
function Correction({ data, part, index }: { data: DataSummary; part: Part; index: number }) {
  const thumbnail = usePlayground((state) => shownThumbnail(state, part, index));
  const relabel = usePlayground((state) => state.relabel);
  const disabled = usePlayground(occupied);
  const name = thumbnail?.name ?? `picture ${index + 1}`;
  return (
    <div className="line wrap">
      <span className="soft whole">{name}</span>
      <span>is of</span>
      <SelectField
        label={`Class of ${name}`}
        value={thumbnail ? (data.classes[thumbnail.label]?.name ?? '') : ''}
        choices={data.classes.map((each) => ({ value: each.name, label: each.name }))}
        disabled={disabled}
        onChange={(to) => void relabel(part, index, to)}
      />
    </div>
  );
}
