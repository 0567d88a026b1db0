import type { StateCreator, StoreApi, UseBoundStore } from 'zustand';
import type { PlaygroundApi } from '../protocol/api.js';
import type { Downloader } from './browser/downloader.js';
import type { Scheduler } from './browser/pump.js';
import type { BucketsSlice } from './buckets/state.js';
import type { PredictionsSlice } from './predictions/state.js';
import type { ConnectionSlice } from './state/connection.js';
import type { DiagnosticsSlice } from './state/diagnostics.js';
import type { DownloadsSlice } from './state/downloads.js';
import type { IntakeSlice } from './state/intake.js';
import type { KeptDataSlice } from './state/kept-data.js';
import type { MapsSlice } from './state/maps.js';
import type { ModelsSlice } from './state/models.js';
import type { PreferencesSlice } from './state/preferences.js';
import type { ProblemsSlice } from './state/problems.js';
import type { RunsSlice } from './state/runs.js';
import type { SetupSlice } from './state/setup.js';
import type { StudySlice } from './state/study.js';
import type { SweepSlice } from './state/sweep.js';
import type { TrainingSlice } from './state/training.js';

/** What the store needs from its surroundings, so that it runs in a test without a page. */
export interface Services {
  readonly api: PlaygroundApi;
  readonly downloader: Downloader;
  readonly schedule: Scheduler;
  /** Small values that outlive the page; localStorage in a browser. */
  readonly storage: { get(key: string): string | null; set(key: string, value: string): void };
  /** The address's fragment. */
  readonly address: { read(): string; write(hash: string): void };
  /** Keeps pictures in their original bytes, by an id, also for later visits. Rejects where the browser keeps nothing or is full. */
  readonly shelf: {
    put(id: string, picture: Blob): Promise<void>;
    get(id: string): Promise<Blob | null>;
    /** Deletes all others. */
    keepOnly(ids: readonly string[]): Promise<void>;
  };
  /** The system's notifications. `ask` resolves to whether they may be shown. */
  readonly notices: { ask(): Promise<boolean>; show(title: string, text: string): void };
  /** Calls back after some milliseconds; returns a function that cancels that. */
  readonly delay: (callback: () => void, milliseconds: number) => () => void;
}

export type Playground = ConnectionSlice &
  ProblemsSlice &
  PreferencesSlice &
  SetupSlice &
  IntakeSlice &
  BucketsSlice &
  KeptDataSlice &
  ModelsSlice &
  DownloadsSlice &
  RunsSlice &
  TrainingSlice &
  PredictionsSlice &
  MapsSlice &
  StudySlice &
  SweepSlice &
  DiagnosticsSlice;

export type Slice<T> = (services: Services) => StateCreator<Playground, [], [], T>;
export type SetState = StoreApi<Playground>['setState'];
export type GetState = StoreApi<Playground>['getState'];
export type PlaygroundStore = UseBoundStore<StoreApi<Playground>>;
