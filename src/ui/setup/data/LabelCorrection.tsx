import type { DataSummary } from '../../../protocol/api.js';
import type { Part } from '../../../protocol/maps.js';
import { isTask } from '../../../store/keys.js';
import { occupied, shownThumbnail } from '../../../store/facts.js';
import { Button, SelectField } from '../../common/controls.js';
import { usePlayground } from '../../playground.js';

/** Which class the picture that is pressed is of, to be corrected; each correction can be taken back. */
export function LabelCorrection({ data, part }: { data: DataSummary; part: Part }) {
  const index = usePlayground((state) => (state.picture.part === part ? state.picture.index : null));
  const thumbnail = usePlayground((state) => (index === null ? undefined : shownThumbnail(state, part, index)));
  const steps = usePlayground((state) => state.labelsBefore.length);
  const relabel = usePlayground((state) => state.relabel);
  const undo = usePlayground((state) => state.undoRelabel);
  const disabled = usePlayground(occupied);
  if (isTask(data.name)) return null;
  const name = thumbnail ? data.classes[thumbnail.label]?.name : undefined;
  return (
    <div className="stack">
      {index !== null && thumbnail && name !== undefined ? (
        <div className="line wrap">
          <span className="soft truncate" title={thumbnail.name}>
            {thumbnail.name}
          </span>
          <span>is of</span>
          <SelectField
            label={`Class of ${thumbnail.name}`}
            value={name}
            choices={data.classes.map((each) => ({ value: each.name, label: each.name }))}
            disabled={disabled}
            onChange={(to) => void relabel(part, index, to)}
          />
        </div>
      ) : (
        <p className="faint">Press a picture to see its class here, and to correct it.</p>
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
