import type { Configuration } from '../../vit/configuration.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { runName } from '../../vit/names/run-name.js';
import { StepSeries } from '../series.js';
import type { Answer } from '../../protocol/answer.js';
import type { GetState, Services, Slice } from '../state.js';
import type { TrainingSlice } from '../state/training.js';
import { nameOf } from '../../protocol/runs/run-names.js';
import { spoken } from '../../vit/names/notation.js';

function finish(get: GetState, { notices }: Pick<Services, 'notices'>, run: RunRecord): void {
  if (run.state === 'failed' && run.error) {
    get().report('run', { code: 'internal', message: run.error.message, subject: nameOf(run) }, { run: run.id });
  }
  const accuracy = run.test?.accuracy ?? run.epochs.at(-1)?.validationAccuracy ?? undefined;
  const said = `${run.state} after ${run.epochs.length} ${run.epochs.length === 1 ? 'epoch' : 'epochs'}${accuracy === undefined ? '' : `, accuracy ${(accuracy * 100).toFixed(1)} %`}.`;
  get().announce(`${nameOf(run)}: ${said}`);
  if (get().sweeping === 'idle' && get().telling === 'yes') notices.show(spoken(nameOf(run)), said);
  get().select(run.id);
}

/** Reports where the run was to start why its backbone cannot be used. */
function sayModel(get: GetState, model: string): void {
  const message = `The backbone '${model}' cannot be used.`;
  get().report('run', get().problems.model?.against({}, [])?.value ?? { code: 'option.invalid', message });
}

const progress: Slice<Pick<TrainingSlice, 'receiveSteps' | 'noticeTraining'>> = () => (set, get) => ({
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
    get().announce(`${nameOf(run)}: training started.`);
  },
});

const runs: Slice<Pick<TrainingSlice, 'adapt' | 'train' | 'continueRun' | 'restoreSetUp'>> =
  ({ api, notices }) =>
  (set, get) => {
    /** Brings what a configuration needs into use and runs the work with it. The set-up itself does not change. */
    const during = async (configuration: Configuration, work: () => Promise<Answer<RunRecord>>): Promise<RunRecord | null> => {
      const { training, measuringId, sweeping } = get();
      if (training !== 'idle' || measuringId !== null) return null;
      get().dismiss('run');
      set({ training: 'starting', activeId: null, borrowed: configuration });
      set((state) => ({ sources: { ...state.sources, first: { kind: 'setup' } } }));
      const idle = { training: 'idle', activeId: null, busy: null } as const;
      try {
        const run = await start(configuration, work);
        await api.watch(null);
        // First the record: one that still says `running` while nothing trains looks interrupted.
        if (run) get().receiveRun(run);
        // During a sweep the set-up's own data and backbone are brought back only at its end.
        set(sweeping === 'idle' ? { ...idle, borrowed: null } : idle);
        if (run) finish(get, { notices }, run);
        return run;
      } finally {
        set(idle);
        if (sweeping === 'idle') await get().restoreSetUp();
      }
    };
    const start = async (configuration: Configuration, work: () => Promise<Answer<RunRecord>>): Promise<RunRecord | null> => {
      if (!(await get().ensureModel(configuration))) {
        sayModel(get, configuration.model);
        return null;
      }
      if (!(await get().ensureData(configuration, 'run'))) return null;
      await get().watchPicture();
      const answer = await work();
      if (answer.ok) return answer.value;
      get().report('run', answer.error);
      return null;
    };
    return {
      adapt: async () => {
        const { configuration } = get();
        await get().train(configuration, runName(configuration));
      },
      train: (configuration, name) => during(configuration, () => api.adapt(configuration, name)),
      continueRun: async (runId) => {
        const run = get().runs[runId];
        return run ? during(run.configuration, () => api.continueRun(runId)) : null;
      },
      restoreSetUp: async () => {
        set({ borrowed: null });
        const { configuration } = get();
        await get().ensureModel(configuration);
        await get().ensureData(configuration);
      },
    };
  };

const control: Slice<Pick<TrainingSlice, 'pause' | 'resume' | 'stop' | 'askToTell'>> =
  ({ api, notices }) =>
  (set, get) => ({
    askToTell: async () => {
      if (get().telling === 'yes') return set({ telling: 'no' });
      set({ telling: (await notices.ask()) ? 'yes' : 'refused' });
    },
    pause: async () => {
      if (get().training !== 'running') return;
      const answer = await api.pause();
      // Whichever of the run and its sweep was asked to pause, both do.
      if (answer.ok) set((state) => ({ training: 'paused', sweeping: state.sweeping === 'running' ? 'paused' : state.sweeping }));
      else get().report('run', answer.error);
    },
    resume: async () => {
      if (get().training !== 'paused') return;
      const answer = await api.resume();
      if (answer.ok)
        set((state) => ({ training: 'running', sweeping: state.sweeping === 'paused' ? 'running' : state.sweeping }));
      else get().report('run', answer.error);
    },
    stop: async () => {
      if (get().training === 'idle') return;
      set((state) => ({ training: 'stopping', sweeping: state.sweeping === 'paused' ? 'running' : state.sweeping }));
      const answer = await api.stop();
      if (!answer.ok) get().report('run', answer.error);
    },
  });

export const createTrainingSlice: Slice<TrainingSlice> =
  (services) =>
  (...store) => ({
    training: 'idle',
    telling: 'no',
    borrowed: null,
    activeId: null,
    series: null,
    seriesVersion: 0,
    ...progress(services)(...store),
    ...runs(services)(...store),
    ...control(services)(...store),
  });
