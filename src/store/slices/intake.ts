import type { Answer } from '../../protocol/answer.js';
import type { DataEdits, DataSummary, Recognised } from '../../protocol/api.js';
import { optionsKey } from '../../protocol/provenance.js';
import { PAPER_RECIPE, type Configuration } from '../../vit/configuration.js';
import type { ErrorRecord } from '../../vit/errors.js';
import { Evidence } from '../evidence.js';
import { dataInUse, obstacleToMeasure } from '../facts.js';
import { dataKey, isTask, taskOf } from '../keys.js';
import { keptEdits } from '../kept-edits.js';
import type { Slice } from '../state.js';
import type { Browsed, Dropped, FileLister, IntakeSlice, Thumbnails } from '../state/intake.js';

const NO_THUMBNAILS: Thumbnails = { train: [], validation: [], test: [] };
export const THUMBNAIL_SIDE = 64;
/** A file takes up to half a millisecond to be written into a message: so many make the page stand still for no longer than a frame or two. */
const PORTION = 100;

/** How many files the worker was given, and what it took them for. */
interface Handed {
  readonly count: number;
  readonly answer: Answer<Recognised> | Extract<Answer<number>, { ok: false }>;
}

/** Another data set may have come under the name since: what it has no class for is dropped from the edits. */
function editsThatFit(edits: DataEdits['classes'], rawClasses: readonly string[]): DataEdits['classes'] {
  return Object.fromEntries(Object.entries(edits).filter(([name]) => rawClasses.includes(name)));
}

const splitOf = ({ splitSeed, splitShares }: Configuration): Pick<DataEdits, 'splitSeed' | 'splitShares'> => ({
  splitSeed,
  splitShares,
});

/** As the worker splits what it is given. */
const FIRST_SPLIT = optionsKey({ splitSeed: 0, splitShares: [...PAPER_RECIPE.splitShares] });

const namesOf = ({ classes }: DataSummary): string[] => classes.map(({ name }) => name);

const missing = (name: string): ErrorRecord => ({
  code: 'data.empty',
  message: `The data set '${name}' is not on this page: drop it anywhere, or choose another.`,
  subject: name,
});

export const createIntakeSlice: Slice<IntakeSlice> =
  ({ api, storage }) =>
  (set, get) => {
    const kept = keptEdits(storage);
    let last: Promise<unknown> = Promise.resolve();
    /** The worker has one data set in use: what changes it comes one after the other, so that the page speaks of the same. */
    const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
      const result = last.then(work);
      last = result.catch(() => undefined);
      return result;
    };
    /** The worker's data set is this one now, as that configuration has it. */
    const take = (summary: DataSummary, configuration: Configuration): void => {
      get().dismiss('data');
      set({ data: new Evidence({ configuration: dataKey(configuration) }, summary), thumbnails: null, browsed: null });
    };
    const edit = async (edits: DataEdits): Promise<DataSummary | ErrorRecord> => {
      const answer = await api.editData(edits);
      if (!answer.ok) return answer.error;
      set({ edits });
      kept.keep(answer.value.name, edits.classes);
      return answer.value;
    };
    /** Brings a configuration's data into use; the reason where it cannot be. */
    const bring = async (configuration: Configuration): Promise<ErrorRecord | null> => {
      const { data, seed, taskPictures } = configuration;
      if (isTask(data)) {
        const drawn = await api.useTask(taskOf(data), seed, taskPictures);
        if (!drawn.ok) return drawn.error;
        set({ rawClasses: namesOf(drawn.value), edits: { classes: {}, ...splitOf(configuration) } });
        take(drawn.value, configuration);
        return null;
      }
      // The same files with another split are not opened again.
      if (get().data?.against({}, [])?.value.name !== data) {
        const again = await api.useKeptData(data);
        if (!again.ok) return again.error.code === 'data.empty' ? missing(data) : again.error;
        const rawClasses = namesOf(again.value);
        set({ data: null, rawClasses, edits: { classes: editsThatFit(kept.of(data), rawClasses), ...splitOf(configuration) } });
      }
      const edited = await edit({ classes: get().edits.classes, ...splitOf(configuration) });
      if ('message' in edited) return edited;
      take(edited, configuration);
      return null;
    };
    const receiveData = async (given: DataSummary): Promise<void> => {
      const configuration = { ...get().configuration, data: given.name };
      kept.keep(given.name, {});
      set({ rawClasses: namesOf(given), edits: { classes: {}, splitSeed: 0 } });
      const wanted = splitOf(configuration);
      const split = optionsKey({ ...wanted }) === FIRST_SPLIT ? given : await edit({ classes: {}, ...wanted });
      if ('message' in split) return get().report('intake', split);
      get().dismiss('setup');
      take(split, configuration);
      set((state) => ({ configuration, givenData: [...new Set([...state.givenData, given.name])] }));
      void get().loadKeptData();
    };
    let giving: AbortController | null = null;
    /** Lists what was dropped; nothing where it was let go or cannot be read. */
    const list = async (lister: FileLister, signal: AbortSignal): Promise<Dropped> => {
      const found = (files: number): void => set({ busy: { what: `Listing the files: ${files}`, done: 0, total: 0 } });
      try {
        return await lister(found, signal);
      } catch {
        const message = 'The browser could not read what was dropped: pick the files instead.';
        if (!signal.aborted) get().report('intake', { code: 'file.unreadable', message });
        return { files: [], folders: [] };
      }
    };
    /** Hands files and folders to the worker, many files in portions; null where there are none, or they were let go meanwhile. */
    const hand = async ({ files, folders }: Dropped, signal: AbortSignal): Promise<Handed | null> => {
      let count = files.length;
      for (const folder of folders) {
        const listed = await api.offerFolder(folder);
        if (!listed.ok) return { count, answer: listed };
        count += listed.value;
      }
      let at = 0;
      for (; files.length - at > PORTION && !signal.aborted; at += PORTION) await api.offer(files.slice(at, at + PORTION));
      if (signal.aborted) await api.cancelGiving();
      return signal.aborted || count === 0 ? null : { count, answer: await api.give(files.slice(at)) };
    };
    const understand = (text: string): void => {
      const { data, model } = get().configuration;
      set({ understood: new Evidence({ data, weights: model }, text) });
      get().announce(text);
    };
    return {
      data: null,
      edits: { classes: {}, splitSeed: 0 },
      rawClasses: [],
      givenData: [],
      reading: false,
      understood: null,
      browsed: null,
      thumbnails: null,
      loadFirst: async () => {
        void get().loadKeptData();
        void get().loadKeptModels();
        await get().ensureModel(get().configuration);
        await get().ensureData(get().configuration);
      },
      ensureData: (configuration, place = 'data') =>
        inTurn(async () => {
          if (get().data?.against({ configuration: dataKey(configuration) })) return true;
          const error = await bring(configuration);
          if (error === null) return true;
          get().report(place, error, place === 'data' ? { data: configuration.data } : {});
          return false;
        }),
      give: async (files) => {
        if (get().training !== 'idle') {
          const message = 'A run is training on what is there: stop it, or wait for its end, before giving other files.';
          return get().report('intake', { code: 'usage', message });
        }
        set({ reading: true, understood: null });
        get().dismiss('intake');
        giving = new AbortController();
        const { signal } = giving;
        await inTurn(async () => {
          const dropped = typeof files === 'function' ? await list(files, signal) : { files, folders: [] };
          const handed = await hand(dropped, signal);
          if (!handed) return;
          const { answer, count } = handed;
          const named = dropped.files[0]?.path ?? dropped.folders[0]?.name ?? '';
          if (answer.ok) await get().receiveGiven(answer.value, count === 1 ? named : `${count} files`);
          else if (answer.error.code !== 'cancelled') get().report('intake', answer.error);
        });
        set({ reading: false, busy: null });
      },
      cancelGiving: () => {
        giving?.abort();
        void api.cancelGiving();
      },
      receiveGiven: async (what, given) => {
        if (what.kind === 'model') {
          get().takeModel(what.model);
          return understand(`${given}: weights, ${what.model.format}.`);
        }
        if (what.kind === 'question') {
          get().askHeads(what.model, what.question);
          return understand(`${given}: weights, whose number of heads is asked for below.`);
        }
        if (what.kind === 'data') {
          await receiveData(what.data);
          return understand(`${given}: ${what.data.form}.`);
        }
        const { run } = what;
        if (what.kind === 'adapted' && what.model) get().takeModel(what.model);
        get().receiveRun(run);
        get().replaceConfiguration(run.configuration);
        get().select(run.id);
        // Weights bring no measurement with them: it is made where their data is at hand.
        const atHand = isTask(run.configuration.data) || dataInUse(get())?.name === run.configuration.data;
        if (what.kind === 'adapted' && run.test === null && atHand && obstacleToMeasure(get(), run) === null) {
          void get().measureAgain(run.id);
        }
        understand(`${given}: ${what.kind === 'run' ? 'the run' : 'the adapted weights of'} ${run.name}.`);
      },
      forgetGiven: (name) => set((state) => ({ givenData: state.givenData.filter((other) => other !== name) })),
      editClasses: (classes) =>
        inTurn(async () => {
          const { configuration } = get();
          if (!get().data?.against({ configuration: dataKey(configuration) })) return;
          const edited = await edit({ classes, ...splitOf(configuration) });
          if ('message' in edited) get().report('data', edited, { data: configuration.data });
          else take(edited, configuration);
        }),
      answerData: (option, value) =>
        inTurn(async () => {
          const answer = await api.answerData(option, value);
          if (answer.ok) await receiveData(answer.value);
          else get().report('data', answer.error, { data: get().configuration.data });
        }),
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
          // Pictures of a data set that was left meanwhile are nobody's.
          if (of.data === undefined || of.data !== dataInUse(state)?.fingerprint) return state;
          const before = state.thumbnails?.against(of)?.value ?? NO_THUMBNAILS;
          const list = [...before[part]];
          value.forEach((thumbnail, index) => (list[from + index] = thumbnail));
          return { thumbnails: new Evidence(of, { ...before, [part]: list }) };
        });
      },
    };
  };
