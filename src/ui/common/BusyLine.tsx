import { usePlayground } from '../playground.js';

/** What the worker is doing and how far it is. */
export function BusyLine({ fallback }: { fallback: string }) {
  const busy = usePlayground((state) => state.busy);
  const part = busy && busy.total > 0 ? Math.min(1, busy.done / busy.total) : 0;
  return (
    <div className="stack">
      <div className="spread small">
        <span className="truncate">{busy?.what ?? `${fallback}…`}</span>
        {busy && busy.total > 0 && (
          <span className="number soft">
            {busy.done} of {busy.total}
          </span>
        )}
      </div>
      <div
        className="progress"
        role="progressbar"
        aria-label={busy?.what ?? fallback}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(part * 100)}
      >
        <div style={{ transform: `scaleX(${part})` }} />
      </div>
    </div>
  );
}
