import type { DataEdits, DataSummary } from '../../protocol/api.js';
import type { Configuration } from '../../vit/configuration.js';
import { keptEdits } from '../kept-edits.js';
import type { Slice } from '../state.js';
import type { IntakeSlice } from '../state/intake.js';

const TASK_PREFIX = 'task:';
export const isTask = (data: string): boolean => data.startsWith(TASK_PREFIX);

const NO_THUMBNAILS = { train: [], validation: [], test: [] };
export const THUMBNAIL_SIDE = 64;

/** What the worker's data set depends on besides the files: a drawn task on the seed, any other on its split. */
function dataKey(configuration: Configuration): string {
  return isTask(configuration.data)
    ? `${configuration.data}#${configuration.seed}`
    : `${configuration.data}#${configuration.splitSeed}`;
}

/** Another data set may have come under the name since: what it has no class for is dropped from the edits. */
function editsThatFit(edits: DataEdits['classes'], rawClasses: readonly string[]): DataEdits['classes'] {
  return Object.fromEntries(Object.entries(edits).filter(([name]) => rawClasses.includes(name)));
}

const missing = (what: string, name: string) =>
  ({
    code: 'data.empty',
    message: `The ${what} '${name}' is not on this page: drop it anywhere, or choose another.`,
    subject: name,
  }) as const;

export const createIntakeSlice: Slice<IntakeSlice> =
  ({ api, storage }) =>
  (set, get) => {
    const kept = keptEdits(storage);
    let loaded = '';
    const take = (data: DataSummary): void => {
      get().dismiss('data');
      set({ data, thumbnails: NO_THUMBNAILS, browsed: null });
    };
    const takeFresh = (data: DataSummary): void => {
      take(data);
      set({
        rawClasses: data.classes.map((entry) => entry.name),
        edits: { classes: {}, splitSeed: get().configuration.splitSeed },
      });
    };
    const applyEdits = async (edits: DataEdits): Promise<boolean> => {
      const answer = await api.editData(edits);
      if (!answer.ok) {
        get().report('data', answer.error);
        return false;
      }
      set({ edits });
      kept.keep(answer.value.name, edits.classes);
      take(answer.value);
      return true;
    };
    return {
      data: null,
      edits: { classes: {}, splitSeed: 0 },
      rawClasses: [],
      givenData: [],
      reading: false,
      understood: '',
      browsed: null,
      thumbnails: NO_THUMBNAILS,
      loadFirst: async () => {
        void get().loadKeptData();
        void get().loadKeptModels();
        await get().ensureModel(get().configuration);
        await get().ensureData(get().configuration);
      },
      ensureData: async (configuration) => {
        const key = dataKey(configuration);
        if (key === loaded && get().data) return true;
        if (isTask(configuration.data)) {
          loaded = key;
          const answer = await api.useTask(configuration.data.slice(TASK_PREFIX.length), configuration.seed);
          if (loaded !== key) return get().ensureData(get().configuration);
          if (!answer.ok) {
            loaded = '';
            get().report('data', answer.error);
            return false;
          }
          takeFresh(answer.value);
          return true;
        }
        if (get().data?.name !== configuration.data) {
          const again = await api.useKeptData(configuration.data);
          if (!again.ok) {
            const { error } = again;
            get().report('data', error.code === 'data.empty' ? missing('data set', configuration.data) : error);
            return false;
          }
          takeFresh(again.value);
          const classes = editsThatFit(kept.of(configuration.data), get().rawClasses);
          set({ edits: { classes, splitSeed: configuration.splitSeed } });
        }
        loaded = key;
        return applyEdits({ classes: get().edits.classes, splitSeed: configuration.splitSeed });
      },
      give: async (files) => {
        if (files.length === 0) return;
        if (get().training !== 'idle') {
          const message = 'A run is training on what is there: stop it, or wait for its end, before giving other files.';
          return get().report('data', { code: 'usage', message });
        }
        set({ reading: true, understood: '' });
        get().dismiss('data');
        const answer = await api.give(files);
        set({ reading: false });
        if (!answer.ok) return get().report('data', answer.error);
        await get().receiveGiven(answer.value, files.length === 1 ? (files[0]?.path ?? '') : `${files.length} files`);
      },
      receiveGiven: async (what, given) => {
        if (what.kind === 'model') {
          set({ understood: `${given}: weights, ${what.model.format}.` });
          get().takeModel(what.model);
        } else if (what.kind === 'question') {
          set({ understood: `${given}: weights, whose number of heads is asked for below.` });
          get().askHeads(what.model, what.question);
        } else if (what.kind === 'data') {
          loaded = dataKey({ ...get().configuration, data: what.data.name });
          get().configure({ data: what.data.name });
          takeFresh(what.data);
          set((state) => ({ givenData: [...new Set([...state.givenData, what.data.name])] }));
          void get().loadKeptData();
          set({ understood: `${given}: ${what.data.form}.` });
          kept.keep(what.data.name, {});
          // What is given is split with seed 0 first.
          const { splitSeed } = get().configuration;
          if (splitSeed !== 0) await applyEdits({ classes: {}, splitSeed });
        } else {
          if (what.kind === 'adapted' && what.model) get().takeModel(what.model);
          get().receiveRun(what.run);
          get().replaceConfiguration(what.run.configuration);
          get().select(what.run.id);
          const { data } = what.run.configuration;
          // Weights bring no measurement with them: it is made where their data is at hand.
          if (what.kind === 'adapted' && what.run.test === null && (isTask(data) || data === get().data?.name)) {
            void get().measureAgain(what.run.id);
          }
          set({ understood: `${given}: ${what.kind === 'run' ? 'the run' : 'the adapted weights of'} ${what.run.name}.` });
        }
        get().announce(get().understood);
      },
      forgetGiven: (name) => set((state) => ({ givenData: state.givenData.filter((other) => other !== name) })),
      editClasses: async (classes) => {
        await applyEdits({ classes, splitSeed: get().configuration.splitSeed });
      },
      browse: async (part, label) => {
        const asked = { part, label, indices: null };
        set({ browsed: asked });
        const total = get().data?.pictures[part] ?? 0;
        const all = Array.from({ length: total }, (_, index) => index);
        const answer = label === null ? ({ ok: true, value: all } as const) : await api.classPictures(part, label);
        if (get().browsed !== asked) return;
        if (answer.ok) set({ browsed: { part, label, indices: answer.value } });
        else get().report('data', answer.error);
      },
      loadThumbnails: async (part, from, count) => {
        const before = get().data;
        const answer = await api.thumbnails(part, from, count, THUMBNAIL_SIDE);
        if (!answer.ok) return get().report('data', answer.error);
        if (get().data !== before) return;
        set((state) => {
          const list = [...state.thumbnails[part]];
          answer.value.forEach((thumbnail, index) => (list[from + index] = thumbnail));
          return { thumbnails: { ...state.thumbnails, [part]: list } };
        });
      },
    };
  };
