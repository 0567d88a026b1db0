import type { GivenFile } from '../../protocol/api.js';
import { hand, list } from '../data/handing.js';
import { Evidence } from '../evidence.js';
import { obstacleToPredict, predictionFacts, shownPredicted } from '../facts.js';
import { runById } from '../run-lookup.js';
import type { GetState, Services, SetState, Slice } from '../state.js';
import type { Dropped, FileLister } from '../state/intake.js';
import type { Live, Predicted, PredictionsSlice } from './state.js';

export const PREDICTED_THUMBNAIL_SIDE = 144;
/** Thumbnails that are asked for at a time: each is decoded at its full size. */
const THUMBNAILS_AT_ONCE = 4;
/** How many of the last pictures of the camera the shown speed is computed from. */
const LIVE_TIMES = 15;

const BEGINNING: Predicted = { job: null, phase: 'opening', pictures: 0, rows: [], skipped: [], thumbnails: {} };

const change = (set: SetState, changed: (predicted: Predicted) => Partial<Predicted>): void =>
  set(({ predicted }) => ({ predicted: predicted?.map((before) => ({ ...before, ...changed(before) })) ?? null }));

/** Hands the files over. Resolves to whether there are pictures to label. */
const opening =
  (api: Services['api'], set: SetState, get: GetState) =>
  async (runId: string, files: readonly GivenFile[] | FileLister, signal: AbortSignal): Promise<boolean> => {
    const dropped: Dropped = typeof files === 'function' ? await list(files, signal, set, get) : { files, folders: [] };
    const handed = await get().whenFree(() => hand(dropped, signal, api, set, (rest) => api.beginPredicting(runId, rest)));
    set({ busy: null });
    if (signal.aborted) return false;
    const answer = handed?.answer;
    if (!answer?.ok) {
      set({ predicted: null });
      if (answer && answer.error.code !== 'cancelled') get().report('predict', answer.error, { run: runId });
      return false;
    }
    const { id: job, pictures, skipped } = answer.value.value;
    change(set, () => ({ job, phase: 'predicting', pictures, skipped }));
    return true;
  };

/** Asks about a folder or pictures. One after the other, since the worker has only one list of offered files. */
const asking: Slice<Pick<PredictionsSlice, 'predictGiven' | 'stopPredicting'>> =
  ({ api }) =>
  (set, get) => {
    let asked: AbortController | null = null;
    const open = opening(api, set, get);

    /** Until the last picture is labelled, or a person stops it, or a run begins to train, which would distort the times. */
    const follow = async (runId: string, signal: AbortSignal): Promise<void> => {
      for (;;) {
        const job = shownPredicted(get())?.job;
        if (job === undefined || job === null) return;
        const answer = await api.morePredictions(job);
        if (signal.aborted) return;
        if (!answer.ok) {
          change(set, () => ({ phase: 'stopped' }));
          return get().report('predict', answer.error, { run: runId });
        }
        const { rows, skipped, ended } = answer.value;
        change(set, (before) => ({
          rows: rows.length > 0 ? [...before.rows, ...rows] : before.rows,
          skipped: skipped.length > 0 ? [...before.skipped, ...skipped] : before.skipped,
          ...(ended ? { phase: 'done' } : {}),
        }));
        if (ended) return tell(get);
        if (obstacleToPredict(get(), runId) !== null) return get().stopPredicting();
      }
    };

    return {
      predictGiven: async (runId, files) => {
        get().stopPredicting();
        get().openPredict(runId);
        const message = obstacleToPredict(get(), runId);
        if (message !== null) return get().report('predict', { code: 'usage', message }, { run: runId });
        asked = new AbortController();
        const { signal } = asked;
        set((state) => ({ predicted: new Evidence(predictionFacts(state), BEGINNING) }));
        if (await open(runId, files, signal)) await follow(runId, signal);
      },
      stopPredicting: () => {
        const phase = get().predicted && shownPredicted(get())?.phase;
        if (!asked || asked.signal.aborted || (phase !== 'opening' && phase !== 'predicting')) return;
        asked.abort();
        void api.cancelGiving();
        void api.stopPredicting();
        set({ busy: null });
        if (phase === 'opening') set({ predicted: null });
        else change(set, () => ({ phase: 'stopped' }));
      },
    };
  };

function tell(get: GetState): void {
  const { rows = [], skipped = [] } = shownPredicted(get()) ?? {};
  const left = skipped.length > 0 ? `, ${skipped.length} left out` : '';
  get().announce(`${rows.length} pictures predicted${left}.`);
}

const looking: Slice<Pick<PredictionsSlice, 'loadPredictedThumbnails' | 'lookAtPredicted'>> =
  ({ api }) =>
  (set, get) => {
    let wanted: readonly number[] = [];
    return {
      loadPredictedThumbnails: async (indices) => {
        wanted = indices;
        const job = shownPredicted(get())?.job;
        if (job === undefined || job === null) return;
        change(set, ({ thumbnails }) => ({
          thumbnails: Object.fromEntries(indices.flatMap((index) => (thumbnails[index] ? [[index, thumbnails[index]]] : []))),
        }));
        const missing = indices.filter((index) => !shownPredicted(get())?.thumbnails[index]);
        for (let from = 0; from < missing.length; from += THUMBNAILS_AT_ONCE) {
          const some = missing.slice(from, from + THUMBNAILS_AT_ONCE);
          const made = await Promise.all(some.map((index) => api.predictedThumbnail(job, index, PREDICTED_THUMBNAIL_SIDE)));
          if (wanted !== indices || shownPredicted(get())?.job !== job) return;
          const added = Object.fromEntries(made.flatMap((answer, i) => (answer.ok ? [[some[i] ?? 0, answer.value]] : [])));
          change(set, ({ thumbnails }) => ({ thumbnails: { ...thumbnails, ...added } }));
        }
      },
      lookAtPredicted: async (index) => {
        const { predictRunId: runId } = get();
        const predicted = shownPredicted(get());
        const row = predicted?.rows.find((each) => each.index === index);
        if (runId === null || !predicted?.job || !row) return;
        const answer = await api.addPredictedPicture(predicted.job, index);
        if (!answer.ok) return get().report('predict', answer.error, { run: runId });
        set((state) => ({ ownPictures: [...state.ownPictures, { index: answer.value.index, name: row.picture }] }));
        get().showColumn('watch');
        set({ picture: answer.value, pictureChosen: true, pointed: null, explained: null });
        get().select(runId);
        get().announce(`${row.picture} is on the map.`);
      },
    };
  };

const camera: Slice<Pick<PredictionsSlice, 'lookLive' | 'endLive'>> =
  ({ api }) =>
  (set, get) => ({
    lookLive: async (picture) => {
      const { predictRunId: runId } = get();
      if (runId === null) return false;
      const message = obstacleToPredict(get(), runId);
      const answer = message === null ? await api.lookLive(runId, picture) : null;
      if (get().predictRunId !== runId) return false;
      if (!answer?.ok) {
        get().report('predict', answer?.error ?? { code: 'usage', message: message ?? '' }, { run: runId });
        return false;
      }
      const { value: look } = answer.value;
      set((state) => {
        const before = state.live?.against(predictionFacts(state))?.value;
        const times = (known: readonly number[] = [], now?: number): number[] =>
          [...known, ...(now === undefined ? [] : [now])].slice(-LIVE_TIMES);
        const live: Live = {
          look,
          own: times(before?.own, look.own.milliseconds),
          whole: times(before?.whole, look.whole?.milliseconds),
        };
        return { live: new Evidence(predictionFacts(state), live) };
      });
      return true;
    },
    endLive: () => {
      set({ live: null });
      void api.endLive();
    },
  });

export const createPredictionsSlice: Slice<PredictionsSlice> =
  (services) =>
  (...store) => {
    const [set, get] = store;
    return {
      predictRunId: null,
      predicted: null,
      live: null,
      openPredict: (runId) => {
        if (get().predictRunId !== runId) {
          get().stopPredicting();
          set({ predictRunId: runId, predicted: null });
        }
        get().dismiss('predict');
        if (runById(get(), runId)) get().show('predict');
      },
      ...asking(services)(...store),
      ...looking(services)(...store),
      ...camera(services)(...store),
    };
  };
