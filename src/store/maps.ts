import type { MapRequest } from '../protocol/api.js';
import type { Configuration, Method } from '../protocol/configuration.js';
import type { MergeMap, PictureReference } from '../protocol/maps.js';
import type { Slice } from './playground.js';

/** What one of the two maps shows. */
export type MapSource =
  /** The backbone merging as the set-up says; while a run trains, that run, live. */
  | { readonly kind: 'setup' }
  /** The backbone, merging in another way than the set-up says. */
  | { readonly kind: 'backbone'; readonly method: Method; readonly schedule: string }
  /** A kept run; without merging, the same weights on all tokens. */
  | { readonly kind: 'run'; readonly runId: string; readonly merging: boolean }
  /** What the live map was after an epoch of the run that trains. */
  | { readonly kind: 'epoch'; readonly epoch: number };

export type Pane = 'first' | 'second';
export const OVERLAYS = ['none', 'pairs', 'strength'] as const;
export type Overlay = (typeof OVERLAYS)[number];

/** Live maps kept for looking back at an epoch; the oldest but the first go. */
const KEPT_EPOCHS = 40;

export interface MapsSlice {
  readonly picture: PictureReference;
  readonly ownPictures: readonly { readonly index: number; readonly name: string }[];
  readonly sources: { readonly first: MapSource; readonly second: MapSource | null };
  readonly maps: { readonly first: MergeMap | null; readonly second: MergeMap | null };
  readonly liveMap: MergeMap | null;
  /** One live map for each epoch of the run that trains, of the watched picture. */
  readonly epochMaps: readonly MergeMap[];
  /** 0: before any merge; k: after block k (1-based). Both maps share it. */
  readonly block: number;
  readonly overlay: Overlay;
  /** The patch under the pointer or the map's cursor, row-major; both maps share it. */
  readonly pointed: number | null;
  receiveMap(map: MergeMap): void;
  forgetLive(): void;
  setBlock(block: number): void;
  setOverlay(overlay: Overlay): void;
  point(patch: number | null): void;
  setPicture(picture: PictureReference): Promise<void>;
  addOwnPicture(file: File): Promise<void>;
  setSource(pane: Pane, source: MapSource): Promise<void>;
  closeSecond(): void;
  sourceUses(runId: string): boolean;
  refreshMap(pane: Pane): Promise<void>;
  watchPicture(): Promise<void>;
}

/** What to ask the worker for, or null where the store has the map itself. */
export function requestOf(
  source: MapSource,
  picture: PictureReference,
  configuration: Configuration,
  activeId: string | null,
): MapRequest | null {
  switch (source.kind) {
    case 'setup':
      return { weights: activeId === null ? { kind: 'backbone' } : { kind: 'run', runId: activeId }, picture, configuration };
    case 'backbone':
      return {
        weights: { kind: 'backbone' },
        picture,
        configuration: { ...configuration, method: source.method, schedule: source.schedule },
      };
    case 'run':
      return source.merging
        ? { weights: { kind: 'run', runId: source.runId }, picture, configuration }
        : { weights: { kind: 'run', runId: source.runId }, picture, configuration, withoutMerging: true };
    case 'epoch':
      return null;
  }
}

const same = (a: PictureReference, b: PictureReference): boolean => a.part === b.part && a.index === b.index;

export const createMapsSlice: Slice<MapsSlice> =
  ({ api }) =>
  (set, get) => {
    const tickets = { first: 0, second: 0 };
    let anyMap = false;
    return {
      picture: { part: 'validation', index: 0 },
      ownPictures: [],
      sources: { first: { kind: 'setup' }, second: null },
      maps: { first: null, second: null },
      liveMap: null,
      epochMaps: [],
      block: 0,
      overlay: 'none',
      pointed: null,
      receiveMap: (map) => {
        if (!same(map.picture, get().picture) || map.weights === 'backbone') return;
        const { epoch } = map.weights;
        set((state) => {
          const others = state.epochMaps.filter((kept) => kept.weights !== 'backbone' && kept.weights.epoch !== epoch);
          const epochMaps = [...others, map];
          if (epochMaps.length > KEPT_EPOCHS) epochMaps.splice(1, 1);
          return { liveMap: map, epochMaps };
        });
      },
      forgetLive: () => set({ liveMap: null, epochMaps: [] }),
      setBlock: (block) => set({ block }),
      setOverlay: (overlay) => set({ overlay }),
      point: (patch) => {
        if (get().pointed !== patch) set({ pointed: patch });
      },
      setPicture: async (picture) => {
        set({ picture, liveMap: null, epochMaps: [], pointed: null });
        if (get().sources.second?.kind === 'epoch') get().closeSecond();
        if (get().training !== 'idle') await get().watchPicture();
        await Promise.all([get().refreshMap('first'), get().refreshMap('second')]);
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
      sourceUses: (runId) => {
        const { first } = get().sources;
        return first.kind === 'run' && first.runId === runId;
      },
      refreshMap: async (pane) => {
        const mine = ++tickets[pane];
        const place = pane === 'first' ? 'map' : 'secondMap';
        const source = get().sources[pane];
        if (!source || !get().model || !get().data) return;
        const request = requestOf(source, get().picture, get().configuration, get().activeId);
        if (!request) return;
        const answer = await api.map(request);
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
      watchPicture: async () => {
        const { picture, configuration } = get();
        await api.watch({ weights: { kind: 'backbone' }, picture, configuration });
      },
    };
  };

/** The map a pane shows now: the live one while a run trains and the pane follows the set-up. */
export function shownMap(state: MapsSlice, pane: Pane): MergeMap | null {
  const source = state.sources[pane];
  if (source?.kind === 'setup' && state.liveMap) return state.liveMap;
  if (source?.kind === 'epoch') {
    return state.epochMaps.find((map) => map.weights !== 'backbone' && map.weights.epoch === source.epoch) ?? null;
  }
  return state.maps[pane];
}
