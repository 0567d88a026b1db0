import { useState } from 'react';
import { fullLine, fullMarkdown } from '../../results/full-benchmark.js';
import type { FullBenchmark as Whole } from '../../protocol/benchmark/full.js';
import { shownFull } from '../../store/facts.js';
import { BusyLine } from '../common/BusyLine.js';
import { Button, Choices } from '../common/controls.js';
import { CopyText } from '../common/CopyText.js';
import { count, counted, duration } from '../format.js';
import { usePlayground } from '../playground.js';

/** How many minutes it may take at most. */
const MINUTES = ['1', '3', '8'] as const;

/** A benchmark of the current machine in a few minutes, with a line for each result as it is measured. */
export function FullBenchmark({ blocked }: { blocked: boolean }) {
  const [minutes, setMinutes] = useState<(typeof MINUTES)[number]>('8');
  const running = usePlayground((state) => state.diagnosing === 'full');
  const rows = usePlayground((state) => state.fullRows);
  const peak = rows.find((row) => row.section === 'peak');
  const whole = usePlayground(shownFull);
  const measure = usePlayground((state) => state.fullBenchmark);
  return (
    <section className="stack">
      <h3>In full</h3>
      <p className="soft">
        For work on the engine: agreement with the authors’ code, peak rates of arithmetic and memory, every kernel, and ViT-Ti to
        ViT-L at 224 px by operation. What does not fit in the time is named. Keep this tab in front.
      </p>
      <div className="line wrap">
        <Button disabled={blocked} onClick={() => void measure(Number(minutes))}>
          Measure in full
        </Button>
        <span className="small soft">in at most</span>
        <Choices
          small
          label="The most time that it may take"
          value={minutes}
          choices={MINUTES.map((value) => ({ value, label: `${value} min` }))}
          onChange={setMinutes}
        />
        {whole && <CopyText text={fullMarkdown(whole)} />}
      </div>
      {running && <BusyLine fallback="Measuring in full" />}
      {whole && <p className="small">{endWords(whole)}</p>}
      {rows.length > 0 && (
        <ol className="small" data-testid="full-benchmark" aria-label="What was measured">
          {rows.map((row, index) => (
            <li key={index}>{fullLine(row, peak)}</li>
          ))}
        </ol>
      )}
    </section>
  );
}

function endWords({ seconds, rows, adapter }: Whole): string {
  const missing = rows.filter(({ section }) => section === 'missing').length;
  const left = missing === 0 ? '' : `; ${count(missing)} not measured, each with its reason below`;
  return `Finished in ${duration(seconds)} on ${adapter.name}: ${counted(rows.length - missing, 'result')}${left}.`;
}
