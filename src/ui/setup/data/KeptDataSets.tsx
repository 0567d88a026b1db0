import type { KeptDataset } from '../../../protocol/api.js';
import { KeptRow } from '../../common/KeptRow.js';
import { bytes, counted } from '../../format.js';
import { usePlayground } from '../../playground.js';

const factsOf = ({ name, pictures }: KeptDataset): string =>
  name === null ? 'give it again to continue' : counted(pictures, 'picture');

/** The data sets kept in this browser with their sizes, the storage that is left, and buttons that delete them. */
export function KeptDataSets() {
  const { sets, storage } = usePlayground((state) => state.keptData);
  const remove = usePlayground((state) => state.deleteData);
  if (sets.length === 0) return null;
  const all = sets.reduce((sum, kept) => sum + kept.bytes, 0);
  return (
    <details className="small">
      <summary>Kept in this browser · {bytes(all)}</summary>
      <div className="stack details-body">
        <ul aria-label="Kept data sets">
          {sets.map((kept) => (
            <KeptRow
              key={kept.id}
              name={kept.name ?? 'An unfinished data set'}
              facts={`${factsOf(kept)} · ${bytes(kept.bytes)}`}
              consequence="Its files stay where they are."
              disabled={false}
              onDelete={() => void remove(kept.id)}
            />
          ))}
        </ul>
        {storage && (
          <p className="faint">
            With runs and backbones this page keeps {bytes(storage.used)}; the browser allows it {bytes(storage.most)}.
          </p>
        )}
      </div>
    </details>
  );
}
