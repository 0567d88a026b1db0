import type { WorkerEvent } from '../../protocol/api.js';

/** Calls back once, soon: before the next frame, or after a pause where frames have stopped (a hidden tab). */
export type Scheduler = (callback: () => void) => void;

const HIDDEN_TAB_MILLISECONDS = 500;
/** Numbers that change more often cannot be read, and would keep the page's thread busy. */
const LEAST_MILLISECONDS = 80;

/** Calls back with a frame, at least 80 ms after the last one; in a hidden tab, which draws no frames, after half a second. */
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

/**
 * A key by which an event replaces an earlier one that was not applied yet; null for steps, measured rows and errors, which are all
 * kept.
 */
function keyOf(event: WorkerEvent): string | null {
  switch (event.kind) {
    case 'run':
      return `run ${event.run.id}`;
    case 'busy':
    case 'idle':
      return 'busy';
    case 'epochs':
      return `epochs ${event.runId}`;
    case 'benchmarked':
      return `benchmarked ${event.soFar.adapter}`;
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

/** Gathers the worker's events and applies them at most once a frame: all steps, rows and errors, and of other events the latest. */
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
