import type { WorkerEvent } from '../protocol/api.js';

/** Calls back once, soon: before the next frame, or after a pause where frames have stopped (a hidden tab). */
export type Scheduler = (callback: () => void) => void;

const HIDDEN_TAB_MILLISECONDS = 500;

/** The next frame, or half a second where the tab is hidden and draws no frames. */
export const frameScheduler: Scheduler = (callback) => {
  let called = false;
  const once = (): void => {
    if (called) return;
    called = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    callback();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, HIDDEN_TAB_MILLISECONDS);
};

/** Which events replace an earlier one of the same key that was not applied yet; steps and errors are all kept. */
function keyOf(event: WorkerEvent): string | null {
  switch (event.kind) {
    case 'run':
      return `run ${event.run.id}`;
    case 'busy':
    case 'idle':
      return 'busy';
    case 'adapter':
    case 'memory':
    case 'map':
      return event.kind;
    case 'step':
    case 'error':
      return null;
  }
}

/** Gathers the worker's events and hands them over at most once a frame, latest value for all but steps and errors. */
export function createPump(apply: (events: readonly WorkerEvent[]) => void, schedule: Scheduler): (event: WorkerEvent) => void {
  let waiting: WorkerEvent[] = [];
  const flush = (): void => {
    const events = waiting;
    waiting = [];
    const last = new Map<string, number>();
    events.forEach((event, index) => {
      const key = keyOf(event);
      if (key !== null) last.set(key, index);
    });
    apply(
      events.filter((event, index) => {
        const key = keyOf(event);
        return key === null || last.get(key) === index;
      }),
    );
  };
  return (event) => {
    waiting.push(event);
    if (waiting.length === 1) schedule(flush);
  };
}
