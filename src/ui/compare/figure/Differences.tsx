import { useMemo } from 'react';
import { differenceRows, verdict, type DifferenceRow } from '../../../results/differences.js';
import { PAIRED } from '../../../results/figure/latex.js';
import { mcNemar, pairedDifference, type Interval } from '../../../results/intervals.js';
import { listed } from '../../../results/words/names.js';
import { pooled } from '../../../results/pairs.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import { methodUnit, PROPOSED, TRAINING_FREE } from '../../../vit/methods/index.js';
import { Explain } from '../../common/Explain.js';

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(2)}`;
const ends = (interval: Interval): string => `${signed(interval.low)} to ${signed(interval.high)}`;

/** Whether PYRA is better than ToMe on these runs: the paired difference at each rate, with its interval and a conclusion in words. */
export function Differences({ runs }: { runs: readonly RunRecord[] }) {
  const rows = useMemo(() => differenceRows(runs), [runs]);
  if (rows.length === 0) return null;
  const title = `${methodUnit(PROPOSED).label} minus ${methodUnit(TRAINING_FREE).label}`;
  return (
    <div className="differences">
      <h3 className="line small strong">
        {title}, on the same pictures <Explain about="paired differences">{PAIRED}</Explain>
      </h3>
      <table className="data small">
        <thead>
          <tr>
            <th scope="col">Rate</th>
            <th scope="col">Pairs</th>
            <th scope="col" className="right" title="Mean difference of test accuracy, in percentage points">
              Points
            </th>
            <th
              scope="col"
              className="right"
              title="95 % interval of the mean over pairs of runs: how much other seeds would change it"
            >
              95 % interval
            </th>
            <th
              scope="col"
              className="right"
              title="McNemar’s exact test over the pictures of all pairs: how much other pictures would change it"
            >
              McNemar p
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={`${row.schedule} ${row.name}`} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row }: { row: DifferenceRow }) {
  const { accuracy, pictures, pairs } = pooled(row.comparisons);
  const all = row.comparisons.flatMap(({ accuracies }) => accuracies);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const seeds = listed(row.comparisons.flatMap(({ seeds: own }) => own));
  const p = pictures ? mcNemar(pictures) : null;
  return (
    <>
      <tr>
        <th scope="row">{row.schedule}</th>
        <td title={`seeds ${seeds}`}>
          {pairs}{' '}
          <span className="faint pair-seeds">
            {/^\d+$/.test(seeds) ? 'seed' : 'seeds'} {seeds}
          </span>
        </td>
        <td className="right number strong">{signed(mean)}</td>
        <td className="right number">{accuracy ? ends(accuracy) : 'one pair'}</td>
        <td className="right number" title={pictures ? `over pictures ${ends(pairedDifference(pictures))}` : undefined}>
          {p === null ? '–' : p < 0.001 ? 'below 0.001' : p.toFixed(3)}
        </td>
      </tr>
      <tr className="verdict">
        <td colSpan={5} className="soft">
          {verdict(row)}
        </td>
      </tr>
    </>
  );
}
