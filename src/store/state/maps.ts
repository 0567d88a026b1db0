import type { MergeMap, PictureReference } from '../../protocol/maps.js';
import type { Method } from '../../vit/methods/index.js';
import type { Evidence } from '../evidence.js';

/** What one of the two panes shows. */
export type MapSource =
  /** The backbone, merging as the set-up says; while a run trains, that run live. */
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
  /** Whether a person chose the picture; otherwise the page proposes the most telling one. */
  readonly pictureChosen: boolean;
  readonly ownPictures: readonly { readonly index: number; readonly name: string }[];
  readonly sources: { readonly first: MapSource; readonly second: MapSource | null };
  /** Read by `shownMap`. */
  readonly maps: { readonly first: Evidence<MergeMap> | null; readonly second: Evidence<MergeMap> | null };
  readonly liveMap: Evidence<MergeMap> | null;
  /** By run: epochs whose weights are kept, ascending, of the runs that were asked about. */
  readonly keptEpochs: Readonly<Record<string, readonly number[]>>;
  /** 0: before any merge; k: after block k, from 1. Both panes share it. */
  readonly block: number;
  /** Whether the slider is playing. */
  readonly playing: boolean;
  readonly overlay: Overlay;
  /** The patch under the pointer or the map's cursor, row-major. Both panes share it. */
  readonly pointed: number | null;
  /** The patch of the first map whose pair is explained: the last that was pointed at, or one that is held. */
  readonly explained: { readonly patch: number; readonly held: boolean } | null;
  /** The step of a merge that the diagram shows, from 0. It stays, also over blocks that merge nothing and over other screens. */
  readonly mergeStep: number;
  receiveMap(map: MergeMap): void;
  receiveEpochs(runId: string, epochs: readonly number[]): void;
  loadKeptEpochs(runId: string): Promise<void>;
  forgetLive(): void;
  setBlock(block: number): void;
  /** Moves the slider block by block from one position to another, and then to `rest` where that is given. */
  play(from: number, to: number, rest?: number): void;
  setOverlay(overlay: Overlay): void;
  point(patch: number | null): void;
  /** Explains the pair of a patch until null releases it, whatever is pointed at meanwhile. */
  hold(patch: number | null): void;
  showMergeStep(step: number): void;
  setPicture(picture: PictureReference): Promise<void>;
  /** Chooses the validation picture whose regions are most distinct, unless a person has chosen one. */
  proposePicture(): Promise<void>;
  addOwnPicture(file: File): Promise<void>;
  setSource(pane: Pane, source: MapSource): Promise<void>;
  closeSecond(): void;
  /** Removes a run that is being deleted from both panes. */
  leaveRun(runId: string): void;
  refreshMap(pane: Pane): Promise<void>;
  /** Asks for a pane's map where it depends on other facts than the one that was asked for last. */
  followMap(pane: Pane): void;
  /** A run's map of the chosen picture; null if it cannot be made, which is reported at `export`. */
  mapOfRun(runId: string): Promise<MergeMap | null>;
  watchPicture(): Promise<void>;
}
