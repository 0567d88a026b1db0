import type { MapRequest } from '../../protocol/api.js';
import type { Configuration } from '../../vit/configuration.js';
import type { Method } from '../../vit/methods/index.js';
import type { MergeMap, PictureReference } from '../../protocol/maps.js';
import type { Slice } from '../playground.js';
import { mostTelling } from '../telling.js';

/** What one of the two maps shows. */
export type MapSource =
  /** The backbone merging as the set-up says; while a run trains, that run, live. */
  | { readonly kind: 'setup' }
  /** The backbone, merging in another way than the set-up says. */
  | { readonly kind: 'backbone'; readonly method: Method; readonly schedule: string }
  /** A kept run, with its best weights or those after an epoch; without merging, the same weights on all tokens. */
  | { readonly kind: 'run'; readonly runId: string; readonly epoch?: number; readonly merging: boolean };

export type Pane = 'first' | 'second';
export const OVERLAYS = ['none', 'pairs', 'strength'] as const;
export type Overlay = (typeof OVERLAYS)[number];

/** A scrubber that plays stands this long on each block, in milliseconds. */
const PLAY_MILLISECONDS = 450;

/** Validation pictures among which the first one to be shown is chosen. */
const LOOKED_AT = 24;

export interface MapsSlice {
  readonly picture: PictureReference;
  /** Whether a person chose the picture; until then it is the one that tells most. */
  readonly pictureChosen: boolean;
  readonly ownPictures: readonly { readonly index: number; readonly name: string }[];
  readonly sources: { readonly first: MapSource; readonly second: MapSource | null };
  readonly maps: { readonly first: MergeMap | null; readonly second: MergeMap | null };
  readonly liveMap: MergeMap | null;
  /** Epochs of runs whose weights are kept, ascending, as far as they were asked for. */
  readonly keptEpochs: Readonly<Record<string, readonly number[]>>;
  /** 0: before any merge; k: after block k (1-based). Both maps share it. */
  readonly block: number;
  /** Whether the scrubber moves by itself. */
  readonly playing: boolean;
  readonly overlay: Overlay;
  /** The patch under the pointer or the map's cursor, row-major; both maps share it. */
  readonly pointed: number | null;
  receiveMap(map: MergeMap): void;
  receiveEpochs(runId: string, epochs: readonly number[]): void;
  loadKeptEpochs(runId: string): Promise<void>;
  forgetLive(): void;
  setBlock(block: number): void;
  /** Moves the scrubber from one position to another, block by block. */
  play(from: number, to: number): void;
  setOverlay(overlay: Overlay): void;
  point(patch: number | null): void;
  setPicture(picture: PictureReference): Promise<void>;
  /** Until a person chose one: the validation picture whose regions are most distinct. */
  proposePicture(): Promise<void>;
  addOwnPicture(file: File): Promise<void>;
  setSource(pane: Pane, source: MapSource): Promise<void>;
  closeSecond(): void;
  /** Takes a run that is going away off both maps. */
  leaveRun(runId: string): void;
  refreshMap(pane: Pane): Promise<void>;
  /** A run's map of the picture that is looked at; null, and said at `export`, where it cannot be made. */
  mapOfRun(runId: string): Promise<MergeMap | null>;
  watchPicture(): Promise<void>;
}

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
