import { useState } from 'react';
import { largestMerge, type ResolvedSchedule, type ScheduleShape } from '../../vit/schedule.js';
import type { Architecture } from '../../vit/architecture.js';
import { Choices } from '../common/controls.js';
import { ExplainSchedule } from '../common/explanations.js';
import { macs, percent } from '../format.js';
import { reduces, UNREDUCED } from '../../vit/methods/index.js';
import { configurationCost } from '../../vit/cost.js';
import { usePlayground } from '../playground.js';
import { ScheduleBars } from './ScheduleBars.js';
import { readSchedule, scheduleProblem, scheduleShape } from '../../store/schedule.js';
import { configurationInUse, dataInUse, modelInUse, occupied } from '../../store/facts.js';

/** A constant and a decreasing schedule, each leaving about a quarter of this model's tokens. */
function presets(architecture: Architecture, imageSize: number) {
  const { tokens, depth } = scheduleShape(architecture, imageSize);
  const constant = Math.max(1, Math.round((tokens * 0.75) / depth));
  return [
    { value: 'none', label: 'none' },
    { value: 'low', label: 'low' },
    { value: 'high', label: 'high' },
    { value: String(constant), label: `constant ${constant}` },
    { value: `${constant}@-1`, label: `decreasing ${constant}@-1` },
  ];
}

export function SchedulePanel() {
  const model = usePlayground(modelInUse);
  const method = usePlayground((state) => configurationInUse(state).method);
  return (
    <section className="section stack" aria-labelledby="schedule-heading">
      <div className="section-head">
        <h2 id="schedule-heading" className="line">
          Schedule <ExplainSchedule />
        </h2>
        {model && <Saving architecture={model.architecture} />}
      </div>
      {!reduces(method) ? (
        <p className="small faint">Without merging every block sees all tokens; choose a method that merges to set a schedule.</p>
      ) : (
        model && <Editor architecture={model.architecture} />
      )}
    </section>
  );
}

function Saving({ architecture }: { architecture: Architecture }) {
  const configuration = usePlayground(configurationInUse);
  const classes = usePlayground((state) => dataInUse(state)?.classes.length ?? 0);
  const read = readSchedule(configuration, architecture);
  if (!read.ok) return null;
  const full = Array<number>(architecture.depth + 1).fill(read.schedule.tokens[0] ?? 0);
  const now = configurationCost(configuration, architecture, read.schedule.tokens, classes).macs;
  const before = configurationCost({ ...configuration, method: UNREDUCED }, architecture, full, classes).macs;
  return (
    <span
      className="small soft number"
      data-testid="schedule-cost"
      title={`A forward of one picture of ${configuration.imageSize} px, and how much less that is than without merging`}
    >
      {macs(now)}
      {now < before && ` (−${percent(1 - now / before, 0)})`}
    </span>
  );
}

/** The schedule in which `block` merges r tokens. Later blocks that can no longer merge as many merge fewer. */
function fitted(schedule: ResolvedSchedule, shape: ScheduleShape, block: number, r: number): number[] {
  let now = shape.tokens;
  return schedule.r.map((value, index) => {
    const kept = index === block ? r : index < block ? value : Math.min(value, largestMerge(now, shape.protectedTokens));
    now -= kept;
    return kept;
  });
}

function Editor({ architecture }: { architecture: Architecture }) {
  const configuration = usePlayground(configurationInUse);
  const configure = usePlayground((state) => state.configure);
  const training = usePlayground(occupied);
  const [typed, setTyped] = useState<string | null>(null);
  const read = readSchedule(configuration, architecture);
  const shape = scheduleShape(architecture, configuration.imageSize);
  const setBlock = (schedule: ResolvedSchedule, block: number, r: number): void => {
    setTyped(null);
    configure({ schedule: fitted(schedule, shape, block, r).join(',') });
  };
  const problem = scheduleProblem(configuration, architecture);
  return (
    <>
      <Choices
        small
        label="Schedule presets"
        value={configuration.schedule}
        disabled={training}
        choices={presets(architecture, configuration.imageSize)}
        onChange={(schedule) => {
          setTyped(null);
          configure({ schedule });
        }}
      />
      {read.ok && (
        <ScheduleBars
          schedule={read.schedule}
          shape={shape}
          disabled={training}
          onChange={(block, r) => setBlock(read.schedule, block, r)}
        />
      )}
      <input
        className="input"
        data-wide=""
        aria-label="Schedule as text"
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : 'schedule-problem'}
        spellCheck={false}
        disabled={training}
        value={typed ?? configuration.schedule}
        onChange={(event) => {
          setTyped(event.target.value);
          configure({ schedule: event.target.value });
        }}
        onBlur={() => setTyped(null)}
      />
      {problem !== null && (
        <p className="problem" role="alert" id="schedule-problem">
          {problem}
        </p>
      )}
      {problem === null && <HowToSet imageSize={configuration.imageSize} />}
    </>
  );
}

/** Explains the bars, and how to change the schedule. */
function HowToSet({ imageSize }: { imageSize: number }) {
  return (
    <p className="small faint">
      A bar for each block, for pictures of {imageSize} px: on top, hatched, the tokens that merge; grey, with the number below,
      those that are left. Drag a bar, or type none, low, high, 8, 8@-1, or a number for each block.
    </p>
  );
}
