import { fullLine, fullMarkdown } from '../../results/full-benchmark.js';
import { shownFull } from '../../store/facts.js';
import { BusyLine } from '../common/BusyLine.js';
import { Button } from '../common/controls.js';
import { CopyText } from '../common/CopyText.js';
import { usePlayground } from '../playground.js';

/** A benchmark of the current machine in at most eight minutes, with a line for each result as it is measured. */
export function FullBenchmark({ blocked }: { blocked: boolean }) {
  const running = usePlayground((state) => state.diagnosing === 'full');
  const rows = usePlayground((state) => state.fullRows);
  const whole = usePlayground(shownFull);
  const measure = usePlayground((state) => state.fullBenchmark);
  return (
    <section className="stack">
      <h3>In full</h3>
      <p className="soft">
        For a graphics card, in at most eight minutes: golden files, peak arithmetic and memory rates, every candidate for a
        matrix product, attention, merging, norms, and ViT-Ti, S, B and L at 224 px by operation. What does not fit in the time is
        named. Keep this tab in front.
      </p>
      <div className="line wrap">
        <Button disabled={blocked} onClick={() => void measure()}>
          Measure in full
        </Button>
        {whole && <CopyText text={fullMarkdown(whole)} />}
      </div>
      {running && <BusyLine fallback="Measuring in full" />}
      {rows.length > 0 && (
        <ol className="small" data-testid="full-benchmark" aria-label="What was measured">
          {rows.map((row, index) => (
            <li key={index}>{fullLine(row)}</li>
          ))}
        </ol>
      )}
    </section>
  );
}
