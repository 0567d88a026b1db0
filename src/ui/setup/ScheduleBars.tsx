import type { PointerEvent } from 'react';
import { ROVE, useRoving } from '../common/focus/roving.js';
import { useWidth } from '../common/use-width.js';
import { largestMerge, type ResolvedSchedule, type ScheduleShape } from '../../vit/schedule.js';

const HEIGHT = 116;
const BASE = 98;
const TOP = 14;
/** The width of a digit in the page's small type, in CSS pixels. */
const DIGIT = 7;
/** Between two numbers. */
const GAP = 4;

/** By how many tokens each key of an upright slider changes what the block merges. Left and right lead to the other blocks. */
const STEPS: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1, PageUp: 4, PageDown: -4 };

/** How many tokens the block merges after this key; null for a key that does not change it. */
function keyedTo(key: string, r: number, most: number): number | null {
  const step = STEPS[key];
  return key === 'Home' ? 0 : key === 'End' ? most : step === undefined ? null : r + step;
}

/** The width of the widest of these numbers, in CSS pixels. */
const widest = (values: readonly number[]): number => String(Math.max(0, ...values)).length * DIGIT;

/**
 * A bar for each block: the tokens left after it, and on top those that it merges. Each bar is a slider for the number of tokens that
 * the block merges, moved by dragging its edge or by the keys up and down; left and right lead to the block before and after.
 */
export function ScheduleBars({
  schedule,
  shape,
  disabled,
  onChange,
}: {
  schedule: ResolvedSchedule;
  shape: ScheduleShape;
  disabled: boolean;
  onChange: (block: number, r: number) => void;
}) {
  const { ref: svg, ...roving } = useRoving<SVGSVGElement>();
  const [width, follow] = useWidth(272, 160);
  const pitch = width / shape.depth;
  const gap = pitch > 12 ? 4 : 1;
  const scale = (BASE - TOP) / shape.tokens;
  const impossible = new Set(schedule.problems.map((problem) => problem.block));
  const most = (block: number): number => largestMerge(schedule.tokens[block] ?? 0, shape.protectedTokens);
  const set = (block: number, r: number): void => {
    if (!disabled) onChange(block, Math.max(0, Math.min(most(block), Math.round(r))));
  };
  const drag = (event: PointerEvent<SVGGElement>, block: number): void => {
    const box = svg.current?.getBoundingClientRect();
    if (!box || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const y = ((event.clientY - box.top) / box.height) * HEIGHT;
    set(block, (schedule.tokens[block] ?? 0) - (BASE - y) / scale);
  };
  const numbered = pitch >= widest(schedule.r);
  // Where three digits are as wide as a bar, some stand for their neighbours; the last block's is always there.
  const every = Math.ceil((widest(schedule.tokens) + GAP) / pitch);
  return (
    <div ref={follow}>
      <svg
        ref={svg}
        {...roving}
        className="schedule-bars"
        viewBox={`0 0 ${width} ${HEIGHT}`}
        height={HEIGHT}
        role="group"
        aria-label="Tokens left after each block"
      >
        <Hatch />
        <line x1="0" x2={width} y1={BASE + 0.5} y2={BASE + 0.5} stroke="var(--rule-strong)" />
        {Array.from({ length: shape.depth }, (_, block) => {
          const counted = (shape.depth - 1 - block) % every === 0;
          const place = { x: block * pitch + gap / 2, bar: pitch - gap, pitch, scale, numbered, counted };
          return (
            <Bar
              key={block}
              {...{ block, schedule, place, disabled }}
              most={most(block)}
              wrong={impossible.has(block)}
              onDrag={(event) => drag(event, block)}
              onSet={(r) => set(block, r)}
            />
          );
        })}
      </svg>
    </div>
  );
}

/** Where a bar is drawn, in CSS pixels. */
interface BarPlace {
  /** Its left side and its width; `pitch` is the distance from one bar to the next. */
  readonly x: number;
  readonly bar: number;
  readonly pitch: number;
  /** Height of one token. */
  readonly scale: number;
  /** Whether the number of merged tokens is written. */
  readonly numbered: boolean;
  /** Whether the number of tokens that are left is written. */
  readonly counted: boolean;
}

interface BarProps {
  readonly block: number;
  readonly schedule: ResolvedSchedule;
  readonly place: BarPlace;
  /** The most that the block can merge, and whether the schedule asks for more. */
  readonly most: number;
  readonly wrong: boolean;
  readonly disabled: boolean;
  readonly onDrag: (event: PointerEvent<SVGGElement>) => void;
  readonly onSet: (r: number) => void;
}

function Bar({ block, schedule, place, most, wrong, disabled, onDrag, onSet }: BarProps) {
  const before = schedule.tokens[block] ?? 0;
  const after = schedule.tokens[block + 1] ?? 0;
  const r = schedule.r[block] ?? 0;
  return (
    <g
      role="slider"
      {...ROVE}
      className="schedule-bar"
      data-wrong={wrong}
      aria-label={`Block ${block + 1} merges`}
      aria-orientation="vertical"
      aria-disabled={disabled}
      aria-valuemin={0}
      aria-valuemax={most}
      aria-valuenow={Math.min(r, most)}
      aria-valuetext={`${r} of ${before} tokens, ${after} left`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        onDrag(event);
      }}
      onPointerMove={(event) => onDrag(event)}
      onKeyDown={(event) => {
        const to = keyedTo(event.key, r, most);
        if (to === null) return;
        event.preventDefault();
        onSet(to);
      }}
    >
      <BarMarks {...{ block, before, after, r, place }} most={wrong ? most : null} />
    </g>
  );
}

interface BarMarksProps {
  readonly block: number;
  readonly before: number;
  readonly after: number;
  readonly r: number;
  readonly place: BarPlace;
  /** The most that the block can merge, where the schedule asks for more; else null. */
  readonly most: number | null;
}

function BarMarks({ block, before, after, r, place: { x, bar, pitch, scale, numbered, counted }, most }: BarMarksProps) {
  return (
    <>
      <title>{`Block ${block + 1}: merges ${r} of ${before} tokens${most === null ? `, ${after} left` : `, at most ${most} can`}`}</title>
      <rect x={x - (pitch - bar) / 2} y={0} width={pitch} height={BASE} fill="transparent" />
      <rect x={x} y={BASE - after * scale} width={bar} height={after * scale} className="bar-left" />
      <rect
        x={x}
        y={BASE - before * scale}
        width={bar}
        height={(before - after) * scale}
        fill={most === null ? 'url(#merged-hatch)' : 'var(--wrong)'}
      />
      <line x1={x} x2={x + bar} y1={BASE - after * scale} y2={BASE - after * scale} className="bar-edge" />
      {numbered && r > 0 && (
        <text x={x + bar / 2} y={BASE - before * scale - 3} className="bar-number">
          {r}
        </text>
      )}
      {counted && (
        <text x={x + bar / 2} y={HEIGHT - 3} className="bar-axis">
          {after}
        </text>
      )}
    </>
  );
}

function Hatch() {
  return (
    <defs>
      <pattern id="merged-hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <path d="M0 0v4" stroke="var(--accent)" strokeWidth="2.5" />
      </pattern>
    </defs>
  );
}
