import { useState, type ReactNode } from 'react';
import { Button } from './controls.js';
import { Icon } from './Icon.js';

/** One kept item in a list: its name, its size, and a button that deletes it after a second question. */
export function KeptRow({
  name,
  facts,
  consequence,
  disabled,
  onDelete,
}: {
  name: string;
  facts: ReactNode;
  /** What deleting it means, as a sentence. */
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
      <span className="whole">{name}</span>
      <span className="line">
        <span className="number soft">{facts}</span>
        <Button look="icon" disabled={disabled} aria-label={`Delete ${name} from this browser`} onClick={() => setAsking(true)}>
          <Icon name="trash" />
        </Button>
      </span>
    </li>
  );
}
