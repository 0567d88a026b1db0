import { usePlayground } from '../../playground.js';
import { SweepBuilder } from './SweepBuilder.js';
import { SweepQueue } from './SweepQueue.js';

/** The id of this section. */
export const SWEEP = 'sweep';

/** Several runs in a queue, and a form that adds to it. */
export function SweepPanel() {
  const queued = usePlayground((state) => state.queue.length > 0);
  return (
    <section className="section stack" id={SWEEP} aria-labelledby="sweep-heading" tabIndex={-1}>
      <div className="section-head">
        <h2 id="sweep-heading">Sweep</h2>
        {!queued && <span className="small faint">several runs, one after another</span>}
      </div>
      <SweepQueue />
      <details>
        <summary className="small">Choose methods, schedules and seeds</summary>
        <div className="stack details-body">
          <SweepBuilder />
        </div>
      </details>
    </section>
  );
}
