import type { Mark } from '../../../results/figure/parts.js';
import { pointName } from '../../../results/figure/points.js';
import { percent } from '../../format.js';
import { ROVE } from '../../common/focus/roving.js';
import { usePlayground } from '../../playground.js';
import { spoken } from '../../../vit/names/notation.js';
import { methodColour } from '../../styles/colours.js';

/** Half the length of an error bar's cap. */
const CAP = 4;

/** A point with its error bars and its seeds. Pointing at it or focusing it shows its numbers below the figure; pressing opens its run. */
export function FigureMark({ mark }: { mark: Mark }) {
  const { point, x, y } = mark;
  const hover = usePlayground((state) => state.hover);
  const select = usePlayground((state) => state.select);
  const lit = usePlayground((state) => {
    const id = state.hoveredId ?? state.selectedId;
    return point.members.some((run) => run.id === id);
  });
  const colour = methodColour(point.method);
  const [run] = point.runs;
  if (!run) return null;
  const label = `${spoken(pointName(point))}, ${percent(point.y)} ${point.part} accuracy`;
  return (
    <g
      className="mark"
      role="button"
      {...ROVE}
      aria-label={label}
      onPointerEnter={() => hover(run.id)}
      onPointerLeave={() => hover(null)}
      onFocus={() => hover(run.id)}
      onBlur={() => hover(null)}
      onClick={() => select(run.id)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        select(run.id);
      }}
    >
      <title>{label}</title>
      <circle cx={x} cy={y} r="12" fill="transparent" />
      <Bars mark={mark} colour={colour} />
      <circle
        className="dot"
        data-settled={point.settled}
        cx={x}
        cy={y}
        r={lit ? 7 : 5}
        fill={point.settled ? colour : 'var(--ground)'}
        stroke={!point.settled ? colour : lit ? 'var(--ink)' : 'var(--ground)'}
        strokeWidth={lit || !point.settled ? 2 : 1}
      />
    </g>
  );
}

function Bars({ mark: { x, y, below, bar, across, seeds }, colour }: { mark: Mark; colour: string }) {
  return (
    <>
      {bar && (
        <path
          d={`M${x} ${bar.to}V${bar.from}M${x - CAP} ${bar.to}h${2 * CAP}M${x - CAP} ${bar.from}h${2 * CAP}`}
          stroke={colour}
          strokeWidth="1.5"
        />
      )}
      {across && (
        <path
          d={`M${across.from} ${y}H${across.to}M${across.from} ${y - CAP}v${2 * CAP}M${across.to} ${y - CAP}v${2 * CAP}`}
          stroke={colour}
          strokeWidth="1.5"
        />
      )}
      {seeds.map((height, index) => (
        <circle key={index} cx={x} cy={height} r="2" fill="var(--ground)" stroke={colour} />
      ))}
      {below && <path d={`M${x - 9} ${y - 1}l-3 4l-3 -4`} fill="none" stroke={colour} strokeWidth="1.5" />}
    </>
  );
}
