import { useState } from 'react';
import type { KeptDataset } from '../../protocol/api.js';
import { Button } from '../common/controls.js';
import { Icon } from '../common/Icon.js';
import { bytes, count } from '../format.js';
import { usePlayground } from '../playground.js';

/** What data sets occupy in this browser, what it has left, and how to be rid of them. */
export function KeptDataSets() {
  const { sets, storage } = usePlayground((state) => state.keptData);
  if (sets.length === 0) return null;
  const all = sets.reduce((sum, kept) => sum + kept.bytes, 0);
  return (
    <details className="small">
      <summary>Kept in this browser · {bytes(all)}</summary>
      <div className="stack details-body">
        <ul aria-label="Kept data sets">
          {sets.map((kept) => (
            <Row key={kept.id} kept={kept} />
          ))}
        </ul>
        {storage && (
          <p className="faint">
            With runs and backbones this page keeps {bytes(storage.used)}; the browser gives it up to {bytes(storage.most)}.
          </p>
        )}
      </div>
    </details>
  );
}

function Row({ kept }: { kept: KeptDataset }) {
  const remove = usePlayground((state) => state.deleteData);
  const [asking, setAsking] = useState(false);
  const name = kept.name ?? 'An unfinished data set';
  if (asking) {
    return (
      <li className="spread">
        <span className="truncate">Delete {name}? Its files stay where they are.</span>
        <span className="line">
          <Button autoFocus onClick={() => setAsking(false)}>
            Keep
          </Button>
          <Button
            onClick={() => {
              setAsking(false);
              void remove(kept.id);
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
        <span className="number soft">
          {kept.name === null ? 'given again, it goes on' : `${count(kept.pictures)} pictures at ${kept.side}\u00a0px`} ·{' '}
          {bytes(kept.bytes)}
        </span>
        <Button look="icon" aria-label={`Delete ${name} from this browser`} onClick={() => setAsking(true)}>
          <Icon name="trash" />
        </Button>
      </span>
    </li>
  );
}
