import type { Configuration } from '../../vit/configuration.js';
import { adapterTags } from '../../vit/adapters/index.js';
import { methodUnit, reduces } from '../../vit/methods/index.js';
import type { RunRecord } from '../../protocol/run.js';
import { StepSeries } from '../series.js';
import type { Slice } from '../state.js';
import type { TrainingSlice } from '../state/training.js';

/** A name that says what sets a run apart: method, schedule, what trains, seed. */
export function runName(configuration: Configuration): string {
  const { method, schedule, seed } = configuration;
  const { label } = methodUnit(method);
  const reduction = reduces(method) ? `${label} ${schedule || 'none'}` : label;
  return [reduction, ...adapterTags(configuration), `seed ${seed}`].join(', ');
}

export const createTrainingSlice: Slice<TrainingSlice> =
  ({ api }) =>
  (set, get) => {
    const finish = (run: RunRecord): void => {
      get().receiveRun(run);
      if (run.state === 'failed' && run.error) {
        get().report('run', { code: 'internal', message: run.error.message, subject: run.name });
      }
      const accuracy = run.test?.accuracy ?? run.epochs.at(-1)?.validationAccuracy;
      get().announce(
        `${run.name}: ${run.state} after ${run.epochs.length} epochs${accuracy === undefined ? '' : `, accuracy ${(accuracy * 100).toFixed(1)} %`}.`,
      );
      get().select(run.id);
    };
    const during = async (work: () => Promise<RunRecord | null>): Promise<RunRecord | null> => {
      if (get().training !== 'idle') return null;
      get().dismiss('run');
      set({ training: 'starting', activeId: null });
      void get().setSource('first', { kind: 'setup' });
      try {
        const run = await work();
        set({ training: 'idle', activeId: null, busy: null });
        await api.watch(null);
        if (run) finish(run);
        return run;
      } finally {
        set({ training: 'idle', activeId: null, busy: null });
      }
    };
    return {
      training: 'idle',
      activeId: null,
      series: null,
      seriesVersion: 0,
      receiveSteps: (steps) => {
        let series = get().series;
        for (const metrics of steps) {
          if (series?.runId !== metrics.runId) series = new StepSeries(metrics.runId);
          series.append(metrics);
        }
        set((state) => ({ series, seriesVersion: state.seriesVersion + 1, busy: null }));
      },
      noticeTraining: (run) => {
        const { training, activeId } = get();
        if (training === 'idle' || activeId === run.id) return;
        set({
          activeId: run.id,
          selectedId: run.id,
          training: training === 'starting' ? 'running' : training,
          series: get().series?.runId === run.id ? get().series : new StepSeries(run.id),
        });
        get().forgetLive();
        get().noticeSweepRun(run.id);
        get().announce(`${run.name}: training started.`);
      },
      adapt: async () => {
        const { configuration } = get();
        await get().train(configuration, runName(configuration));
      },
      train: (configuration, name) =>
        during(async () => {
          if (!(await get().ensureModel(configuration))) return null;
          if (!(await get().ensureData(configuration))) return null;
          await get().watchPicture();
          const answer = await api.adapt(configuration, name);
          if (answer.ok) return answer.value;
          get().report('run', answer.error);
          return null;
        }),
      continueRun: (runId) =>
        during(async () => {
          const run = get().runs[runId];
          if (!run) return null;
          get().replaceConfiguration(run.configuration);
          if (!(await get().ensureModel(run.configuration))) return null;
          if (!(await get().ensureData(run.configuration))) return null;
          await get().watchPicture();
          const answer = await api.continueRun(runId);
          if (answer.ok) return answer.value;
          get().report('run', answer.error);
          return null;
        }),
      pause: async () => {
        if (get().training !== 'running') return;
        const answer = await api.pause();
        if (answer.ok) set({ training: 'paused' });
        else get().report('run', answer.error);
      },
      resume: async () => {
        if (get().training !== 'paused') return;
        const answer = await api.resume();
        if (answer.ok) set({ training: 'running' });
        else get().report('run', answer.error);
      },
      stop: async () => {
        if (get().training === 'idle') return;
        set({ training: 'stopping' });
        const answer = await api.stop();
        if (!answer.ok) get().report('run', answer.error);
      },
    };
  };
