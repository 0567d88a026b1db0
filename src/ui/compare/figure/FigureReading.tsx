import { measureOf, pointName, referencesOf, seedsOf, type Measure, type Point } from '../../../results/figure/points.js';
import { barsSentence, machinesOf, type Axis } from '../../../results/figure/titles.js';
import { listed } from '../../../results/words/names.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import { percent } from '../../format.js';
import { usePlayground } from '../../playground.js';
import { Words } from '../../common/Equation.js';

/** In words: the point under the pointer, else the chosen run's; what the error bars are; and what the figure cannot show yet. */
export function FigureReading({ points, axis }: { points: readonly Point[]; axis: Axis }) {
  const hovered = usePlayground((state) => state.hoveredId ?? state.selectedId);
  const point = points.find((entry) => entry.members.some((run) => run.id === hovered));
  const [run] = point?.runs ?? [];
  const { uncompressed, smaller } = referencesOf(points);
  const machines = machinesOf(points);
  return (
    <div className="small figure-reading">
      <p className="figure-point">
        {point && run ? (
          <PointWords point={point} run={run} axis={axis} />
        ) : (
          'Point at a run to read its numbers, press to open it.'
        )}
      </p>
      <p className="faint">
        {barsSentence(points)}{' '}
        {!uncompressed
          ? 'Train a run without merging to see what compression costs.'
          : !smaller
            ? 'To see adverse compression, train a smaller backbone or smaller images without merging: the region where that beats compression is shaded.'
            : 'Shaded: a smaller model without merging costs no more and is more accurate.'}
        {axis.measure === 'speed' && machines.length > 1 && ` The speeds were measured on ${machines.length} different machines.`}
      </p>
    </div>
  );
}

function PointWords({ point, run, axis }: { point: Point; run: RunRecord; axis: Axis }) {
  const seeds = seedsOf(point);
  const spread =
    seeds.length > 1 ? ` ± ${percent(point.deviation)} (deviation over seeds ${listed(seeds)})` : `, seed ${listed(seeds)}`;
  const again = point.members.filter((member) => seeds.includes(member.configuration.seed));
  const newest = again.length > seeds.length ? `; the newest of each seed among ${again.length} runs` : '';
  const x = measureOf(run, axis.measure, axis.block) ?? point.x;
  return (
    <>
      <span className="strong">
        <Words text={pointName(point)} />
      </span>
      : <span className="number">{percent(point.y)}</span>
      {spread}, {point.part} part, <span className="number">n = {point.pictures}</span>
      {newest}, at <span className="number">{formatMeasure(x, axis.measure)}</span>
    </>
  );
}

function formatMeasure(value: number, measure: Measure): string {
  if (measure === 'tokens') return `${Math.round(value)} tokens left`;
  if (measure === 'speed') return `${Math.round(value)} img/s`;
  return `${Number(value.toPrecision(3))} GMACs`;
}
