import type { MergeMap, PictureReference } from '../../protocol/maps.js';
import type { Method } from '../../vit/methods/index.js';
import type { Evidence } from '../evidence.js';

/** What one of the two maps shows. */
export type MapSource =
  /** The backbone merging as the set-up says; while a run trains, that run, live. */
  | { readonly kind: 'setup' }
  /** The backbone, merging in another way than the set-up says. */
  | { readonly kind: 'backbone'; readonly method: Method; readonly schedule: string }
  /** A kept run, with its best weights or those after an epoch; the same weights reduced by another method, where one is named. */
  | { readonly kind: 'run'; readonly runId: string; readonly epoch?: number; readonly method?: Method };

export type Pane = 'first' | 'second';

export const OVERLAYS = ['none', 'pairs', 'strength'] as const;

export type Overlay = (typeof OVERLAYS)[number];

export interface MapsSlice {
  readonly picture: PictureReference;
  /** Whether a person chose the picture; until then it is the one that tells most. */
  readonly pictureChosen: boolean;
  readonly ownPictures: readonly { readonly index: number; readonly name: string }[];
  readonly sources: { readonly first: MapSource; readonly second: MapSource | null };
  /** Read by `shownMap`. */
  readonly maps: { readonly first: Evidence<MergeMap> | null; readonly second: Evidence<MergeMap> | null };
  readonly liveMap: Evidence<MergeMap> | null;
  /** Epochs of runs whose weights are kept, ascending, as far as they were asked for. */
  readonly keptEpochs: Readonly<Record<string, readonly number[]>>;
  /** 0: before any merge; k: after block k (1-based). Both maps share it. */
  readonly block: number;
  /** Whether the scrubber moves by itself. */
  readonly playing: boolean;
  readonly overlay: Overlay;
  /** The patch under the pointer or the map's cursor, row-major; both maps share it. */
  readonly pointed: number | null;
  /** Of the first map, the patch whose pair is explained: the last one pointed at, or one that is held until it is let go. */
  readonly explained: { readonly patch: number; readonly held: boolean } | null;
  receiveMap(map: MergeMap): void;
  receiveEpochs(runId: string, epochs: readonly number[]): void;
  loadKeptEpochs(runId: string): Promise<void>;
  forgetLive(): void;
  setBlock(block: number): void;
  /** Moves the scrubber from one position to another, block by block; then it stands at `rest`, where that is given. */
  play(from: number, to: number, rest?: number): void;
  setOverlay(overlay: Overlay): void;
  point(patch: number | null): void;
  /** Explains the pair of a patch, whatever is pointed at meanwhile; null lets go. */
  hold(patch: number | null): void;
  setPicture(picture: PictureReference): Promise<void>;
  /** Until a person chose one: the validation picture whose regions are most distinct. */
  proposePicture(): Promise<void>;
  addOwnPicture(file: File): Promise<void>;
  setSource(pane: Pane, source: MapSource): Promise<void>;
  closeSecond(): void;
  /** Takes a run that is going away off both maps. */
  leaveRun(runId: string): void;
  refreshMap(pane: Pane): Promise<void>;
  /** Asks for a pane's map where what it has to be of is not what was asked for last. */
  followMap(pane: Pane): void;
  /** A run's map of the picture that is looked at; null, and said at `export`, where it cannot be made. */
  mapOfRun(runId: string): Promise<MergeMap | null>;
  watchPicture(): Promise<void>;
}
