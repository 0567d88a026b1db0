import { useState, type ReactNode } from 'react';
import { Button } from './controls.js';
import { Icon } from './Icon.js';

/** One kept thing in a list: what it is, what it occupies, and how to be rid of it, which is asked once more. */
export function KeptRow({
  name,
  facts,
  consequence,
  disabled,
  onDelete,
}: {
  name: string;
  facts: ReactNode;
  /** A sentence on what deleting does not do, or does. */
  consequence: string;
  disabled: boolean;
  onDelete: () => void;
}) {
  const [asking, setAsking] = useState(false);
  if (asking) {
    return (
      <li className="spread">
        <span>
          Delete {name}? {consequence}
        </span>
        <span className="line">
          <Button autoFocus onClick={() => setAsking(false)}>
            Keep
          </Button>
          <Button
            disabled={disabled}
            onClick={() => {
              setAsking(false);
              onDelete();
            }}
          >
            Delete
          </Button>
        </span>
      </li>
    );
  }
  return (
    <li className="spread">
      <span className="truncate" title={name}>
        {name}
      </span>
      <span className="line">
        <span className="number soft">{facts}</span>
        <Button look="icon" disabled={disabled} aria-label={`Delete ${name} from this browser`} onClick={() => setAsking(true)}>
          <Icon name="trash" />
        </Button>
      </span>
    </li>
  );
}
