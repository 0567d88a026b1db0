import type { WorkerEvent } from '../../protocol/api.js';

/** Calls back once, soon: before the next frame, or after a pause where frames have stopped (a hidden tab). */
export type Scheduler = (callback: () => void) => void;

const HIDDEN_TAB_MILLISECONDS = 500;
/** Numbers that change more often than this are not read, and the page's thread has better things to do. */
const LEAST_MILLISECONDS = 80;

/** A frame, 80 ms after the last one at the earliest; or half a second later where the tab is hidden and draws no frames. */
export function createFrameScheduler(): Scheduler {
  let last = 0;
  return (callback) => {
    let called = false;
    let frame = 0;
    const once = (): void => {
      if (called) return;
      called = true;
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      last = performance.now();
      callback();
    };
    const timer = setTimeout(once, HIDDEN_TAB_MILLISECONDS);
    const wait = last + LEAST_MILLISECONDS - performance.now();
    if (wait > 0) setTimeout(() => (frame = called ? 0 : requestAnimationFrame(once)), wait);
    else frame = requestAnimationFrame(once);
  };
}

/** Which events replace an earlier one of the same key that was not applied yet; steps, measured rows and errors are all kept. */
function keyOf(event: WorkerEvent): string | null {
  switch (event.kind) {
    case 'run':
      return `run ${event.run.id}`;
    case 'busy':
    case 'idle':
      return 'busy';
    case 'epochs':
      return `epochs ${event.runId}`;
    case 'adapter':
    case 'elsewhere':
    case 'memory':
    case 'map':
    case 'kept-models':
      return event.kind;
    case 'step':
    case 'measured':
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
