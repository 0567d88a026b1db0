import type { DataEdits } from '../../protocol/api.js';
import { Evidence } from '../evidence.js';
import { dataInUse, obstacleToMeasure, shownThumbnail } from '../facts.js';
import { filesOf, hand, isPicture, list } from '../data/handing.js';
import { dataKey } from '../keys.js';
import type { GetState, SetState, Slice } from '../state.js';
import type { Browsed, Dropped, IntakeSlice, Thumbnails } from '../state/intake.js';
import { THUMBNAIL_SIDE } from '../data/carried.js';
import { WorkerData } from '../data/worker-data.js';
import { isDrawn } from '../../vit/configuration.js';
import { nameOf } from '../../protocol/runs/run-names.js';
import { namePasted } from '../data/pasted.js';

const NO_THUMBNAILS: Thumbnails = { train: [], validation: [], test: [] };

type Labels = NonNullable<DataEdits['labels']>;

/** What the last thing that was given turned out to be. */
function understand(text: string, set: SetState, get: GetState): void {
  const { data, model } = get().configuration;
  set({ understood: new Evidence({ data, weights: model }, text) });
  get().announce(text);
}

const bringing =
  (
    data: WorkerData,
  ): Slice<Pick<IntakeSlice, 'whenFree' | 'loadFirst' | 'ensureData' | 'editClasses' | 'answerData' | 'forgetGiven'>> =>
  ({ api }) =>
  (set, get) => ({
    whenFree: (work) => data.inTurn(work),
    loadFirst: async () => {
      void get().loadKeptData();
      void get().loadKeptModels();
      await get().ensureModel(get().configuration);
      await get().ensureData(get().configuration);
    },
    ensureData: (configuration, place = 'data') =>
      data.inTurn(async () => {
        if (get().data?.against({ configuration: dataKey(configuration) })) return true;
        const error = await data.bring(configuration);
        if (error === null) return true;
        get().report(place, error, place === 'data' ? { data: configuration.data } : {});
        return false;
      }),
    editClasses: (classes) =>
      data.inTurn(async () => {
        const { configuration } = get();
        if (!get().data?.against({ configuration: dataKey(configuration) })) return;
        const { labels } = get().edits;
        const error = await data.edit({ classes, ...(labels ? { labels } : {}) }, configuration);
        if (error) get().report('data', error, { data: configuration.data });
      }),
    answerData: (option, value) =>
      data.inTurn(async () => {
        const answer = await api.answerData(option, value);
        if (answer.ok) await data.receive(answer.value);
        else get().report('data', answer.error, { data: get().configuration.data });
      }),
    forgetGiven: (name) => set((state) => ({ givenData: state.givenData.filter((other) => other !== name) })),
  });

/** A single picture is not a data set, but a picture for the map. */
function onlyPicture({ files, folders }: Dropped): File | null {
  const [first, ...others] = files;
  return first && others.length + folders.length === 0 && isPicture(first.file) ? first.file : null;
}

/** Puts pictures without classes on the board, where a person sorts them; false where there are none. */
async function sortByHand(dropped: Dropped, get: GetState): Promise<boolean> {
  const pictures = (await filesOf(dropped)).filter(isPicture);
  if (pictures.length === 0) return false;
  await get().addToBoard(pictures, null);
  get().show('classes');
  get().announce(`${pictures.length} pictures have no class yet: make classes and sort them.`);
  return true;
}

/** Labels that are corrected picture by picture. */
const correcting =
  (data: WorkerData): Slice<Pick<IntakeSlice, 'relabel' | 'undoRelabel'>> =>
  () =>
  (set, get) => {
    const become = (labels: Labels, before: readonly Labels[]): Promise<void> =>
      data.inTurn(async () => {
        const { configuration, edits } = get();
        const error = await data.edit({ classes: edits.classes, labels }, configuration);
        if (error) return get().report('data', error, { data: configuration.data });
        set({ labelsBefore: before });
      });
    return {
      relabel: async (part, index, className) => {
        const picture = shownThumbnail(get(), part, index)?.name;
        const { edits, rawClasses, labelsBefore, training } = get();
        const title = rawClasses.find((name) => (Object.hasOwn(edits.classes, name) ? edits.classes[name] : name) === className);
        if (picture === undefined || title === undefined || training !== 'idle' || isDrawn(get().configuration.data)) return;
        const labels = edits.labels ?? {};
        await become({ ...labels, [picture]: title }, [...labelsBefore, labels]);
      },
      undoRelabel: async () => {
        const { labelsBefore } = get();
        const last = labelsBefore.at(-1);
        if (last) await become(last, labelsBefore.slice(0, -1));
      },
    };
  };

/** The chosen picture, and data sets as the user chooses them. */
const choosing: Slice<Pick<IntakeSlice, 'takePicture' | 'forgetOffered' | 'predictWith' | 'chooseData'>> = () => (set, get) => ({
  takePicture: async (file) => {
    const before = get().ownPictures.length;
    // To where the picture appears, or the reason why it does not.
    get().showColumn('watch');
    await get().addOwnPicture(file);
    const added = get().ownPictures.at(-1);
    if (get().ownPictures.length === before || !added) return;
    set({ offered: added });
    get().announce(`${added.name} is on the map.`);
  },
  forgetOffered: () => set({ offered: null }),
  predictWith: async (runId) => {
    get().select(runId);
    await get().setSource('first', { kind: 'run', runId });
  },
  chooseData: async (data) => {
    const { suited } = get();
    // Drawn pictures are small: a size that was enlarged for photographs is taken back.
    const imageSize = isDrawn(data) ? suited?.against({}, [])?.value.before : undefined;
    set(imageSize === undefined ? {} : { suited: null });
    get().configure({ data, ...(imageSize === undefined ? {} : { imageSize }) });
    if (await get().ensureData(get().configuration)) await get().suitSize();
  },
});

const giving =
  (data: WorkerData): Slice<Pick<IntakeSlice, 'give' | 'answerRefused' | 'cancelGiving'>> =>
  ({ api }) =>
  (set, get) => {
    let giving: AbortController | null = null;
    return {
      give: async (files) => {
        set({ reading: true, understood: null });
        get().dismiss('intake');
        get().dismiss('picture');
        giving = new AbortController();
        const { signal } = giving;
        const dropped = typeof files === 'function' ? await list(files, signal, set, get) : { files, folders: [] };
        const picture = onlyPicture(dropped);
        if (picture || get().training !== 'idle') {
          set({ reading: false, busy: null });
          if (picture) return get().takePicture(picture);
          const message = 'A run is training on what is there: stop it, or wait for its end, before giving other files.';
          return get().report('intake', { code: 'usage', message });
        }
        await data.inTurn(async () => {
          const handed = await hand(dropped, signal, api, set, (rest) => api.give(rest));
          if (!handed) return;
          const { answer, count } = handed;
          const named = dropped.files[0]?.path ?? dropped.folders[0]?.name ?? '';
          if (answer.ok) await get().receiveGiven(answer.value, count === 1 ? named : `${count} files`);
          else if (answer.error.question) get().report('intake', answer.error);
          else if (answer.error.code === 'data.one-class' && (await sortByHand(dropped, get))) return;
          else if (answer.error.code !== 'cancelled') get().report('intake', answer.error);
        });
        set({ reading: false, busy: null });
      },
      answerRefused: async (option, value) => {
        set({ reading: true, understood: null });
        get().dismiss('intake');
        get().dismiss('data');
        await data.inTurn(async () => {
          const answer = await api.answerRefused(option, value);
          if (answer.ok) await get().receiveGiven({ kind: 'data', data: answer.value }, answer.value.name);
          else if (answer.error.code !== 'cancelled') get().report('intake', answer.error);
        });
        set({ reading: false, busy: null });
      },
      cancelGiving: () => {
        giving?.abort();
        void api.cancelGiving();
      },
    };
  };

const receiving =
  (data: WorkerData): Slice<Pick<IntakeSlice, 'receiveGiven'>> =>
  () =>
  (set, get) => ({
    receiveGiven: async (what, given) => {
      if (what.kind === 'model') {
        get().takeModel(what.model);
        await get().suitSize();
        return understand(`${given}: weights, ${what.model.format}.`, set, get);
      }
      if (what.kind === 'question') {
        get().askHeads(what.model, what.question);
        return understand(`${given}: weights, whose number of heads is asked for below.`, set, get);
      }
      if (what.kind === 'data') {
        const known = get().configuration.data === what.data.name;
        await data.receive(what.data);
        // What a link or an earlier visit set up for this data set stays.
        if (!known) await get().suitSize();
        return understand(`Now in use: ${given}.`, set, get);
      }
      const { run } = what;
      if (what.kind === 'adapted' && what.model) get().takeModel(what.model);
      get().receiveRun(run);
      get().replaceConfiguration(run.configuration);
      get().select(run.id);
      // Weights come without measurements: they are measured where their data is in use.
      const atHand = isDrawn(run.configuration.data) || dataInUse(get())?.name === run.configuration.data;
      if (what.kind === 'adapted' && run.test === null && atHand && obstacleToMeasure(get(), run) === null) {
        void get().measureAgain(run.id);
      }
      // Weights that say no more than their file's name are a run of that name.
      const of = given.startsWith(nameOf(run)) ? '' : ` of ${nameOf(run)}`;
      understand(`${given}: ${what.kind === 'run' ? `the run ${nameOf(run)}` : `adapted weights${of}`}.`, set, get);
    },
  });

/** Looking through the pictures of the data set in use. */
const looking: Slice<Pick<IntakeSlice, 'browse' | 'loadThumbnails'>> =
  ({ api }) =>
  (set, get) => ({
    browse: async (part, label) => {
      const summary = dataInUse(get());
      if (!summary) return;
      const of = { data: summary.fingerprint };
      const asked = new Evidence<Browsed>(of, { part, label, indices: null });
      set({ browsed: asked });
      const all = { of, value: Array.from({ length: summary.pictures[part] }, (_, index) => index) };
      const answer = label === null ? ({ ok: true, value: all } as const) : await api.classPictures(part, label);
      if (get().browsed !== asked) return;
      if (answer.ok) set({ browsed: new Evidence(answer.value.of, { part, label, indices: answer.value.value }) });
      else get().report('data', answer.error, { data: summary.name });
    },
    loadThumbnails: async (part, from, count) => {
      const { data } = get().configuration;
      const answer = await api.thumbnails(part, from, count, THUMBNAIL_SIDE);
      if (!answer.ok) return get().report('data', answer.error, { data });
      const { of, value } = answer.value;
      set((state) => {
        // Another data set is in use by now.
        if (of.data === undefined || of.data !== dataInUse(state)?.fingerprint) return state;
        const before = state.thumbnails?.against(of)?.value ?? NO_THUMBNAILS;
        const list = [...before[part]];
        value.forEach((thumbnail, index) => (list[from + index] = thumbnail));
        return { thumbnails: new Evidence(of, { ...before, [part]: list }) };
      });
    },
  });

export const createIntakeSlice: Slice<IntakeSlice> =
  (services) =>
  (...store) => {
    const [set, get] = store;
    const data = new WorkerData(services, set, get);
    return {
      data: null,
      edits: { classes: {}, splitSeed: 0 },
      labelsBefore: [],
      rawClasses: [],
      givenData: [],
      reading: false,
      understood: null,
      offered: null,
      browsed: null,
      thumbnails: null,
      namePasted: (files) => namePasted(files, services.storage),
      ...bringing(data)(services)(...store),
      ...giving(data)(services)(...store),
      ...choosing(services)(...store),
      ...correcting(data)(services)(...store),
      ...receiving(data)(services)(...store),
      ...looking(services)(...store),
    };
  };
