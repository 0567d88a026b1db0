import type { MapRequest } from '../../protocol/api.js';
import { isDrawn, type Configuration } from '../../vit/configuration.js';
import type { MergeMap, PictureReference } from '../../protocol/maps.js';
import { optionsKey, type Provenance } from '../../protocol/provenance.js';
import { Evidence } from '../evidence.js';
import {
  configurationInUse,
  dataInUse,
  liveOriginOf,
  mapConfiguration,
  modelInUse,
  originOf,
  paneFacts,
  pictureFacts,
  shownThumbnail,
} from '../facts.js';
import { pictureKey } from '../keys.js';
import { mostTelling } from '../telling.js';
import type { ErrorRecord } from '../../vit/errors.js';
import type { Slice } from '../state.js';
import type { MapSource, MapsSlice } from '../state/maps.js';

/** Milliseconds that the playing slider stays on each block. */
const PLAY_MILLISECONDS = 450;

/** Number of validation pictures from which the first one to show is chosen. */
const LOOKED_AT = 24;

/** The request for a pane's map. */
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
      const { runId, epoch, method } = source;
      const weights = epoch === undefined ? { kind: 'run' as const, runId } : { kind: 'run' as const, runId, epoch };
      return { weights, picture, configuration, ...(method ? { method } : {}) };
    }
  }
}

/** Whether a map failed because this browser has no weights of the run. */
const lacksWeights = (source: MapSource, error: ErrorRecord): source is Extract<MapSource, { kind: 'run' }> =>
  source.kind === 'run' && source.epoch === undefined && error.code === 'weights.not-here';

/** A live map holds for the moment that it was made in; any other for what it says of itself. */
const mapOrigin = (map: MergeMap, facts: Provenance): Provenance =>
  facts.run !== undefined && map.weights !== 'backbone' ? liveOriginOf(map, map.weights.runId) : originOf(map);

/** Maps of the run that trains, and of its kept epochs. */
const following: Slice<Pick<MapsSlice, 'receiveMap' | 'receiveEpochs' | 'loadKeptEpochs' | 'forgetLive'>> =
  ({ api }) =>
  (set, get) => ({
    receiveMap: (map) => {
      // A map of a picture that is no longer chosen would replace one that can be shown.
      if (pictureKey(map.picture) !== pictureKey(get().picture) || map.weights === 'backbone') return;
      set({ liveMap: new Evidence(liveOriginOf(map, map.weights.runId), map) });
    },
    receiveEpochs: (runId, epochs) => set((state) => ({ keptEpochs: { ...state.keptEpochs, [runId]: epochs } })),
    loadKeptEpochs: async (runId) => {
      const answer = await api.keptEpochs(runId);
      if (answer.ok) get().receiveEpochs(runId, answer.value);
      else get().report('results', answer.error, { run: runId });
    },
    forgetLive: () => set({ liveMap: null }),
  });

const slider: Slice<Pick<MapsSlice, 'setBlock' | 'play' | 'setOverlay' | 'point' | 'hold' | 'showMergeStep'>> =
  ({ delay }) =>
  (set, get) => {
    let stopPlaying: (() => void) | null = null;
    const halt = (): void => {
      stopPlaying?.();
      stopPlaying = null;
      if (get().playing) set({ playing: false });
    };
    return {
      setBlock: (block) => {
        halt();
        set({ block });
      },
      play: (from, to, rest = to) => {
        halt();
        const stay = (): void => {
          stopPlaying = delay(() => {
            const { block } = get();
            const arrived = block === to;
            set({ block: arrived ? rest : block + 1, playing: !arrived && (block + 1 < to || rest !== to) });
            if (get().playing) stay();
          }, PLAY_MILLISECONDS);
        };
        set({ block: from, playing: from < to });
        if (from < to) stay();
      },
      setOverlay: (overlay) => set({ overlay }),
      point: (patch) => {
        if (get().pointed !== patch) set({ pointed: patch });
        const { explained } = get();
        if (patch !== null && !explained?.held && explained?.patch !== patch) set({ explained: { patch, held: false } });
      },
      showMergeStep: (mergeStep) => set({ mergeStep }),
      hold: (patch) =>
        set(({ explained }) =>
          patch === null ? { explained: explained && { ...explained, held: false } } : { explained: { patch, held: true } },
        ),
    };
  };

const pictures: Slice<Pick<MapsSlice, 'setPicture' | 'proposePicture' | 'addOwnPicture' | 'watchPicture'>> =
  ({ api }) =>
  (set, get) => ({
    setPicture: async (picture) => {
      get().dismiss('picture');
      set({ picture, pictureChosen: true, pointed: null, explained: null });
      await Promise.all([get().refreshMap('first'), get().refreshMap('second')]);
    },
    proposePicture: async () => {
      const { pictureChosen, loadThumbnails } = get();
      const data = dataInUse(get());
      // A drawn task's picture says less than the photograph that is shown already.
      if (!data || pictureChosen || isDrawn(get().configuration.data)) return;
      await loadThumbnails('validation', 0, Math.min(LOOKED_AT, data.pictures.validation));
      const state = get();
      if (dataInUse(state) !== data || state.pictureChosen) return;
      const looked = Array.from({ length: LOOKED_AT }, (_, index) => shownThumbnail(state, 'validation', index));
      set({ picture: { part: 'validation', index: mostTelling(looked) ?? 0 } });
    },
    addOwnPicture: async (file) => {
      get().dismiss('picture');
      const answer = await api.addOwnPicture(file);
      if (!answer.ok) return get().report('picture', answer.error, pictureFacts(get()));
      set((state) => ({ ownPictures: [...state.ownPictures, { index: answer.value.index, name: file.name }] }));
      await get().setPicture(answer.value);
    },
    watchPicture: async () => {
      const configuration = configurationInUse(get());
      await api.watch({ weights: { kind: 'backbone' }, picture: get().picture, configuration });
    },
  });

const panes: Slice<Pick<MapsSlice, 'setSource' | 'closeSecond' | 'leaveRun' | 'refreshMap' | 'followMap'>> =
  ({ api }) =>
  (set, get) => {
    const tickets = { first: 0, second: 0 };
    /** For each pane, what the map that was asked for last depends on. */
    const asked = { first: '', second: '' };
    let anyMap = false;
    return {
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
        const facts = paneFacts(get(), pane);
        if (!source || !facts || !modelInUse(get()) || !dataInUse(get())) return;
        asked[pane] = optionsKey({ ...facts });
        const answer = await api.map(requestOf(source, get().picture, mapConfiguration(get()), get().activeId));
        if (mine !== tickets[pane]) return;
        if (!answer.ok && lacksWeights(source, answer.error) && pane === 'first') {
          // The record alone was dropped: its curves and numbers are shown, and the map of the backbone.
          set(({ withoutWeights }) => ({ withoutWeights: new Set([...withoutWeights, source.runId]) }));
          return get().setSource('first', { kind: 'setup' });
        }
        if (!answer.ok) {
          set((state) => ({ maps: { ...state.maps, [pane]: null } }));
          return get().report(place, answer.error, facts);
        }
        get().dismiss(place);
        const shownBefore = anyMap;
        anyMap = true;
        const map = new Evidence(mapOrigin(answer.value, facts), answer.value);
        set((state) => ({
          maps: { ...state.maps, [pane]: map },
          // The very first map is shown a third of the way through its blocks, where merging can be seen at once.
          block: shownBefore ? Math.min(state.block, answer.value.blocks.length) : Math.ceil(answer.value.blocks.length / 3),
        }));
      },
      followMap: (pane) => {
        const facts = paneFacts(get(), pane);
        // The run that trains sends its maps by itself.
        const live = get().sources[pane]?.kind === 'setup' && get().training !== 'idle';
        if (facts && !live && optionsKey({ ...facts }) !== asked[pane]) void get().refreshMap(pane);
      },
    };
  };

const exported: Slice<Pick<MapsSlice, 'mapOfRun'>> =
  ({ api }) =>
  (_set, get) => ({
    mapOfRun: async (runId) => {
      const { picture, activeId } = get();
      const source = { kind: 'run', runId } as const;
      const answer = await api.map(requestOf(source, picture, mapConfiguration(get()), activeId));
      if (answer.ok) return answer.value;
      get().report('export', answer.error, { run: runId });
      return null;
    },
  });

export const createMapsSlice: Slice<MapsSlice> =
  (services) =>
  (...store) => ({
    picture: { part: 'photograph', index: 0 },
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
    explained: null,
    mergeStep: 0,
    ...following(services)(...store),
    ...slider(services)(...store),
    ...pictures(services)(...store),
    ...panes(services)(...store),
    ...exported(services)(...store),
  });
