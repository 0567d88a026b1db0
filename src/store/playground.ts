import { create } from 'zustand';
import type { StateCreator, StoreApi, UseBoundStore } from 'zustand';
import type { PlaygroundApi } from '../protocol/api.js';
import type { Scheduler } from './pump.js';
import { createConnectionSlice, type ConnectionSlice } from './slices/connection.js';
import { createProblemsSlice, type ProblemsSlice } from './slices/problems.js';
import { createPreferencesSlice, type PreferencesSlice } from './slices/preferences.js';
import { createSetupSlice, type SetupSlice } from './slices/setup.js';
import { createIntakeSlice, type IntakeSlice } from './slices/intake.js';
import { createKeptDataSlice, type KeptDataSlice } from './slices/kept-data.js';
import { createRunsSlice, type RunsSlice } from './slices/runs.js';
import { createTrainingSlice, type TrainingSlice } from './slices/training.js';
import { createDownloadsSlice, type DownloadsSlice } from './slices/downloads.js';
import type { Downloader } from './downloader.js';
import { createModelsSlice, type ModelsSlice } from './slices/models.js';
import { createMapsSlice, type MapsSlice } from './slices/maps.js';
import { createSweepSlice, type SweepSlice } from './slices/sweep.js';
import { createDiagnosticsSlice, type DiagnosticsSlice } from './slices/diagnostics.js';
import { connectEffects } from './effects.js';

/** What the store needs from its surroundings, so that it runs in a test without a page. */
export interface Services {
  readonly api: PlaygroundApi;
  readonly downloader: Downloader;
  readonly schedule: Scheduler;
  /** Small values that outlive the page; localStorage in a browser. */
  readonly storage: { get(key: string): string | null; set(key: string, value: string): void };
  /** The address's fragment. */
  readonly address: { read(): string; write(hash: string): void };
  /** Calls back after some milliseconds; returns how to call it off. */
  readonly delay: (callback: () => void, milliseconds: number) => () => void;
}

export type Playground = ConnectionSlice &
  ProblemsSlice &
  PreferencesSlice &
  SetupSlice &
  IntakeSlice &
  KeptDataSlice &
  ModelsSlice &
  DownloadsSlice &
  RunsSlice &
  TrainingSlice &
  MapsSlice &
  SweepSlice &
  DiagnosticsSlice;

export type Slice<T> = (services: Services) => StateCreator<Playground, [], [], T>;
export type PlaygroundStore = UseBoundStore<StoreApi<Playground>>;

export function createPlayground(services: Services): PlaygroundStore {
  const store = create<Playground>()((...arguments_) => ({
    ...createConnectionSlice(services)(...arguments_),
    ...createProblemsSlice(services)(...arguments_),
    ...createPreferencesSlice(services)(...arguments_),
    ...createSetupSlice(services)(...arguments_),
    ...createIntakeSlice(services)(...arguments_),
    ...createKeptDataSlice(services)(...arguments_),
    ...createModelsSlice(services)(...arguments_),
    ...createDownloadsSlice(services)(...arguments_),
    ...createRunsSlice(services)(...arguments_),
    ...createTrainingSlice(services)(...arguments_),
    ...createMapsSlice(services)(...arguments_),
    ...createSweepSlice(services)(...arguments_),
    ...createDiagnosticsSlice(services)(...arguments_),
  }));
  connectEffects(store, services);
  return store;
}
