import { useDeferredValue, useMemo, useState } from 'react';
import type { SkippedFile } from '../../protocol/api.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import {
  countsByClass,
  EVERYTHING,
  filterPredictions,
  imagesPerSecond,
  predictionsCsv,
  sortPredictions,
  type PredictionFilter,
  type PredictionSort,
} from '../../results/predictions/rows.js';
import { shownPredicted } from '../../store/facts.js';
import type { Predicted } from '../../store/predictions/state.js';
import { BusyLine, ProgressBar } from '../common/BusyLine.js';
import { Button } from '../common/controls.js';
import { Said } from '../common/Equation.js';
import { fileName, saveText } from '../common/save.js';
import { count, counted, perSecond } from '../format.js';
import { usePlayground } from '../playground.js';
import { PredictionFilters } from './PredictionFilters.js';
import { PredictionPages } from './PredictionPages.js';
import { nameOf } from '../../protocol/runs/run-names.js';

/** How many names of skipped files are listed. */
const LISTED = 100;
/** How many classes the summary counts. */
const SUMMED = 6;
const AS_GIVEN: PredictionSort = { key: 'picture', descending: false };

/** The predictions, which grow while they are computed, and as a CSV file. */
export function Predictions({ run }: { run: RunRecord }) {
  const predicted = usePlayground(shownPredicted);
  if (!predicted) {
    return (
      <p className="empty small">
        Each picture appears here with its class, the confidence and the time it took, as a grid or a table, to be sorted,
        filtered and saved as CSV.
      </p>
    );
  }
  return (
    <section className="stack-wide" aria-label="Predictions">
      <Going predicted={predicted} />
      {predicted.skipped.length > 0 && <LeftOut skipped={predicted.skipped} />}
      {predicted.rows.length > 0 && <Rows key={predicted.job} run={run} predicted={predicted} />}
    </section>
  );
}

/** The progress, and a button that skips the rest. */
function Going({ predicted: { phase, pictures, rows, skipped } }: { predicted: Predicted }) {
  const stop = usePlayground((state) => state.stopPredicting);
  const busy = usePlayground((state) => state.busy !== null);
  if (phase === 'done') return null;
  if (phase === 'stopped') {
    return (
      <p className="small soft">
        Stopped after {count(rows.length)} of {counted(pictures, 'picture')}.
      </p>
    );
  }
  const part = pictures === 0 ? 0 : Math.min(1, (rows.length + skipped.length) / pictures);
  return (
    <div className="stack">
      {phase === 'opening' || busy ? (
        <BusyLine fallback="Looking for pictures" />
      ) : (
        <div className="stack">
          <span className="small number">
            {count(rows.length)} of {counted(pictures, 'picture')}
          </span>
          <ProgressBar label="Pictures predicted" part={part} />
        </div>
      )}
      <p>
        <Button icon="stop" onClick={stop}>
          Stop
        </Button>
      </p>
    </div>
  );
}

function LeftOut({ skipped }: { skipped: readonly SkippedFile[] }) {
  const shown = skipped.slice(0, LISTED);
  return (
    <details className="small">
      <summary>
        {count(skipped.length)} left out: {skipped[0]?.name}
        {skipped.length > 1 ? ' …' : ''}
      </summary>
      <ul className="details-body">
        {shown.map(({ name, reason }, index) => (
          <li key={index}>
            {name}:{' '}
            <span className="soft">
              <Said text={reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason} />
            </span>
          </li>
        ))}
        {skipped.length > shown.length && <li className="faint">and {count(skipped.length - shown.length)} more</li>}
      </ul>
    </details>
  );
}

function summary(counts: readonly { readonly class: string; readonly pictures: number }[]): string {
  const more = counts.length - SUMMED;
  const words = counts.slice(0, SUMMED).map((each) => `${count(each.pictures)} as “${each.class}”`);
  return `${words.join(', ')}${more > 0 ? ` and of ${counted(more, 'more class', 'more classes')}` : ''}`;
}

function Rows({ run, predicted }: { run: RunRecord; predicted: Predicted }) {
  const [filter, setFilter] = useState<PredictionFilter>(EVERYTHING);
  const [sort, setSort] = useState<PredictionSort>(AS_GIVEN);
  // Deferred, so that arriving rows do not delay a click.
  const rows = useDeferredValue(predicted.rows);
  const counts = useMemo(() => countsByClass(rows), [rows]);
  const shown = useMemo(() => sortPredictions(filterPredictions(rows, filter), sort), [rows, filter, sort]);
  const speed = useMemo(() => imagesPerSecond(rows.map((row) => row.milliseconds)), [rows]);
  const save = (some: Predicted['rows'], what: string): void =>
    saveText(`${fileName(nameOf(run))}-${what}.csv`, predictionsCsv(some), 'text/csv');
  return (
    <div className="stack">
      <p>
        <span className="strong">{counted(rows.length, 'picture')}</span>
        <span className="soft">
          {' '}
          · {summary(counts)}
          {speed !== null && ` · ${perSecond(speed)}, one at a time`}
        </span>
      </p>
      <div className="spread wrap">
        <PredictionFilters counts={counts} filter={filter} onFilter={setFilter} />
        <span className="line">
          {shown.length < rows.length && (
            <Button look="quiet" icon="save" onClick={() => save(shown, 'filtered')}>
              Save these {count(shown.length)}
            </Button>
          )}
          <Button
            icon="save"
            title="A row for each picture, as the command line’s predict writes it"
            onClick={() => save(predicted.rows, 'predictions')}
          >
            Save as CSV
          </Button>
        </span>
      </div>
      <PredictionPages rows={shown} all={rows.length} sort={sort} onSort={setSort} />
    </div>
  );
}
