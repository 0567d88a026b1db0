import { curveStyles, QUANTITIES } from '../../../results/runs/curves.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import { runLabel } from '../../compare/run-labels.js';
import { usePlayground } from '../../playground.js';
import { Curve } from './Curve.js';
import { EpochTables } from './EpochTable.js';
import { Words } from '../../common/Equation.js';
import { spoken } from '../../../vit/names/notation.js';
import { methodColour } from '../../styles/colours.js';

/** Loss and accuracy of these runs over epochs, and the same numbers as a table. */
export function LiveCurves({ runs }: { runs: readonly RunRecord[] }) {
  return (
    <div className="stack">
      <div className="curves" data-testid="live-curves">
        {QUANTITIES.map((quantity) => (
          <Curve key={quantity} runs={runs} quantity={quantity} />
        ))}
      </div>
      {runs.length > 1 ? <RunKeys runs={runs} /> : <LineKeys />}
      <EpochTables runs={runs} />
    </div>
  );
}

/** The store computes the moving mean (`StepSeries`). */
const SMOOTHED = 'training batches, moving mean (a new batch counts a tenth)';

function LineKeys() {
  return (
    <p className="small line wrap faint">
      <span className="line">
        <Key colour="var(--accent)" dotted /> validation
      </span>
      <span className="line">
        <Key colour="var(--ink-soft)" thin dotted /> training, by epoch
      </span>
      <span className="line">
        <Key colour="var(--ink-faint)" thin /> {SMOOTHED}
      </span>
    </p>
  );
}

/** The legend of several runs; kept runs have a button that removes them. */
function RunKeys({ runs }: { runs: readonly RunRecord[] }) {
  const overlayRun = usePlayground((state) => state.overlayRun);
  const overlaid = usePlayground((state) => state.overlaid);
  const styles = curveStyles(runs);
  return (
    <ul className="small line wrap curve-keys" aria-label="Runs in the curves">
      {runs.map((run, index) => (
        <li key={run.id} className="line">
          <Key colour={methodColour(run.configuration.method)} dash={styles[index]?.dash ?? []} />
          <Words text={runLabel(run)} />
          {overlaid.includes(run.id) && (
            <button
              type="button"
              className="link"
              aria-label={`remove ${spoken(runLabel(run))} from the curves`}
              onClick={() => overlayRun(run.id, false)}
            >
              remove
            </button>
          )}
        </li>
      ))}
      <li className="faint">thick: validation, thin: training</li>
    </ul>
  );
}

/** @param dotted where the line has a dot for each epoch. */
function Key({
  colour,
  dash = [],
  thin,
  dotted,
}: {
  colour: string;
  dash?: readonly number[];
  thin?: boolean;
  dotted?: boolean;
}) {
  return (
    <svg width="24" height="8" className="curve-key" aria-hidden>
      <line
        x1="0"
        x2="24"
        y1="4"
        y2="4"
        stroke={colour}
        strokeWidth={thin ? 1 : 2}
        strokeDasharray={dash.join(' ') || undefined}
      />
      {dotted && <circle cx="12" cy="4" r="2.5" fill={thin ? 'var(--ground)' : colour} stroke={colour} />}
    </svg>
  );
}
