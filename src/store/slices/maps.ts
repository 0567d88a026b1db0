import type { MapRequest } from '../../protocol/api.js';
import type { Configuration } from '../../vit/configuration.js';
import type { MergeMap, PictureReference } from '../../protocol/maps.js';
import { mostTelling } from '../telling.js';
import type { Slice } from '../state.js';
import type { MapSource, MapsSlice, Pane } from '../state/maps.js';

/** A scrubber that plays stands this long on each block, in milliseconds. */
const PLAY_MILLISECONDS = 450;

/** Validation pictures among which the first one to be shown is chosen. */
const LOOKED_AT = 24;

/** What to ask the worker for. */
export function requestOf(
  source: MapSource,
  picture: PictureReference,
  configuration: Configuration,
  activeId: string | null,
): MapRequest {
  switch (source.kind) {
    case 'setup':
      return { weights: activeId === null ? { kind: 'backbone' } : { kind: 'run', runId: activeId }, picture, configuration };
    case 'backbone':
      return {
        weights: { kind: 'backbone' },
        picture,
        configuration: { ...configuration, method: source.method, schedule: source.schedule },
      };
    case 'run': {
      const { runId, epoch } = source;
      const weights = epoch === undefined ? { kind: 'run' as const, runId } : { kind: 'run' as const, runId, epoch };
      return source.merging ? { weights, picture, configuration } : { weights, picture, configuration, withoutMerging: true };
    }
  }
}

const same = (a: PictureReference, b: PictureReference): boolean => a.part === b.part && a.index === b.index;

export const createMapsSlice: Slice<MapsSlice> =
  ({ api, delay }) =>
  (set, get) => {
    const tickets = { first: 0, second: 0 };
    let anyMap = false;
    let stopPlaying: (() => void) | null = null;
    const halt = (): void => {
      stopPlaying?.();
      stopPlaying = null;
      if (get().playing) set({ playing: false });
    };
    return {
      picture: { part: 'validation', index: 0 },
      pictureChosen: false,
      ownPictures: [],
      sources: { first: { kind: 'setup' }, second: null },
      maps: { first: null, second: null },
      liveMap: null,
      keptEpochs: {},
      block: 0,
      playing: false,
      overlay: 'none',
      pointed: null,
      receiveMap: (map) => {
        if (same(map.picture, get().picture) && map.weights !== 'backbone') set({ liveMap: map });
      },
      receiveEpochs: (runId, epochs) => set((state) => ({ keptEpochs: { ...state.keptEpochs, [runId]: epochs } })),
      loadKeptEpochs: async (runId) => {
        const answer = await api.keptEpochs(runId);
        if (answer.ok) get().receiveEpochs(runId, answer.value);
        else get().report('results', answer.error);
      },
      forgetLive: () => set({ liveMap: null }),
      setBlock: (block) => {
        halt();
        set({ block });
      },
      play: (from, to) => {
        halt();
        const stay = (): void => {
          stopPlaying = delay(() => {
            set((state) => ({ block: state.block + 1, playing: state.block + 1 < to }));
            if (get().playing) stay();
          }, PLAY_MILLISECONDS);
        };
        set({ block: from, playing: from < to });
        if (from < to) stay();
      },
      setOverlay: (overlay) => set({ overlay }),
      point: (patch) => {
        if (get().pointed !== patch) set({ pointed: patch });
      },
      setPicture: async (picture) => {
        set({ picture, pictureChosen: true, liveMap: null, pointed: null });
        if (get().training !== 'idle') await get().watchPicture();
        await Promise.all([get().refreshMap('first'), get().refreshMap('second')]);
      },
      proposePicture: async () => {
        const { data, pictureChosen, loadThumbnails } = get();
        if (!data || pictureChosen) return;
        await loadThumbnails('validation', 0, Math.min(LOOKED_AT, data.pictures.validation));
        if (get().data !== data || get().pictureChosen) return;
        set({ picture: { part: 'validation', index: mostTelling(get().thumbnails.validation.slice(0, LOOKED_AT)) ?? 0 } });
      },
      addOwnPicture: async (file) => {
        const answer = await api.addOwnPicture(file);
        if (!answer.ok) return get().report('map', answer.error);
        set((state) => ({ ownPictures: [...state.ownPictures, { index: answer.value.index, name: file.name }] }));
        await get().setPicture(answer.value);
      },
      setSource: async (pane, source) => {
        set((state) => ({ sources: { ...state.sources, [pane]: source } }));
        await get().refreshMap(pane);
      },
      closeSecond: () => set((state) => ({ sources: { ...state.sources, second: null }, maps: { ...state.maps, second: null } })),
      leaveRun: (runId) => {
        const { first, second } = get().sources;
        if (second?.kind === 'run' && second.runId === runId) get().closeSecond();
        if (first.kind === 'run' && first.runId === runId) void get().setSource('first', { kind: 'setup' });
      },
      refreshMap: async (pane) => {
        const mine = ++tickets[pane];
        const place = pane === 'first' ? 'map' : 'secondMap';
        const source = get().sources[pane];
        if (!source || !get().model || !get().data) return;
        const answer = await api.map(requestOf(source, get().picture, get().configuration, get().activeId));
        if (mine !== tickets[pane]) return;
        if (!answer.ok) {
          set((state) => ({ maps: { ...state.maps, [pane]: null } }));
          return get().report(place, answer.error);
        }
        get().dismiss(place);
        const shownBefore = anyMap;
        anyMap = true;
        set((state) => ({
          maps: { ...state.maps, [pane]: answer.value },
          // The first map of all shows at once what merging does.
          block: shownBefore ? Math.min(state.block, answer.value.blocks.length) : Math.ceil(answer.value.blocks.length / 3),
        }));
      },
      mapOfRun: async (runId) => {
        const { picture, configuration, activeId } = get();
        const answer = await api.map(requestOf({ kind: 'run', runId, merging: true }, picture, configuration, activeId));
        if (answer.ok) return answer.value;
        get().report('export', answer.error);
        return null;
      },
      watchPicture: async () => {
        const { picture, configuration } = get();
        await api.watch({ weights: { kind: 'backbone' }, picture, configuration });
      },
    };
  };

/** The map a pane shows now: the live one while a run trains and the pane follows the set-up. */
export function shownMap(state: MapsSlice, pane: Pane): MergeMap | null {
  return state.sources[pane]?.kind === 'setup' && state.liveMap ? state.liveMap : state.maps[pane];
}
