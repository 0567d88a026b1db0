import type { WorkerEvent } from '../../protocol/api.js';
import { DEFAULT_CONFIGURATION, startingImageSize } from '../link.js';
import { createPump } from '../browser/pump.js';
import type { GetState, SetState, Slice } from '../state.js';
import type { Busy, ConnectionSlice } from '../state/connection.js';

const busyOf = ({ what, done, total, secondsLeft }: WorkerEvent & { kind: 'busy' }): Busy => ({
  what,
  done,
  total,
  ...(secondsLeft === undefined ? {} : { secondsLeft }),
});

/** Applies the worker's events to the state. */
function apply(events: readonly WorkerEvent[], set: SetState, get: GetState): void {
  for (const event of events) {
    switch (event.kind) {
      case 'adapter':
        set({ adapter: event.adapter });
        break;
      case 'busy':
        set({ busy: busyOf(event) });
        break;
      case 'idle':
        set({ busy: null });
        break;
      case 'memory':
        set((state) => ({ gpuBytes: event.gpuBytes, peakGpuBytes: Math.max(state.peakGpuBytes, event.gpuBytes) }));
        break;
      case 'run':
        get().receiveRun(event.run);
        break;
      case 'map':
        get().receiveMap(event.map);
        break;
      case 'kept-models':
        get().receiveKeptModels(event.kept);
        break;
      case 'elsewhere':
        set({ elsewhere: event.runIds });
        break;
      case 'epochs':
        get().receiveEpochs(event.runId, event.epochs);
        break;
      case 'error':
        get().report(
          event.error.code === 'gpu.lost' && event.runId === undefined ? 'connection' : 'run',
          event.error,
          event.runId === undefined ? {} : { run: event.runId },
        );
        break;
      case 'benchmarked':
        get().receiveBenchmarked(event.soFar);
        break;
      case 'measured':
        get().receiveMeasured(event.row);
        break;
      case 'step':
        break;
    }
  }
  const steps = events.flatMap((event) => (event.kind === 'step' ? [event.metrics] : []));
  if (steps.length > 0) get().receiveSteps(steps);
}

export const createConnectionSlice: Slice<ConnectionSlice> =
  ({ api, schedule }) =>
  (set, get) => ({
    connection: 'starting',
    adapter: null,
    busy: null,
    gpuBytes: 0,
    peakGpuBytes: 0,
    start: async () => {
      const answer = await api.start(createPump((events) => apply(events, set, get), schedule));
      if (!answer.ok) {
        set({ connection: 'unavailable' });
        get().report('connection', answer.error);
        return;
      }
      set({ connection: 'ready', adapter: answer.value });
      // The address may only hold what the page itself wrote into it.
      if (get().sizeChosen === startingImageSize(answer.value)) set({ sizeChosen: null });
      if (get().configuration === DEFAULT_CONFIGURATION) get().configure({ imageSize: startingImageSize(answer.value) });
      await Promise.all([get().loadSavedRuns(), get().loadStudy(), get().loadFirst()]);
    },
  });
