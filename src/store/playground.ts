import { create } from 'zustand';
import { createBucketsSlice } from './buckets/slice.js';
import { createPredictionsSlice } from './predictions/slice.js';
import { createConnectionSlice } from './slices/connection.js';
import { createProblemsSlice } from './slices/problems.js';
import { createPreferencesSlice } from './slices/preferences.js';
import { createSetupSlice } from './slices/setup.js';
import { createIntakeSlice } from './slices/intake.js';
import { createKeptDataSlice } from './slices/kept-data.js';
import { createRunsSlice } from './slices/runs.js';
import { createTrainingSlice } from './slices/training.js';
import { createDownloadsSlice } from './slices/downloads.js';
import { createModelsSlice } from './slices/models.js';
import { createMapsSlice } from './slices/maps.js';
import { createStudySlice } from './slices/study.js';
import { createSweepSlice } from './slices/sweep.js';
import { createDiagnosticsSlice } from './slices/diagnostics.js';
import { connectEffects } from './effects.js';
import type { Playground, PlaygroundStore, Services } from './state.js';

export function createPlayground(services: Services): PlaygroundStore {
  const store = create<Playground>()((...arguments_) => ({
    ...createConnectionSlice(services)(...arguments_),
    ...createProblemsSlice(services)(...arguments_),
    ...createPreferencesSlice(services)(...arguments_),
    ...createSetupSlice(services)(...arguments_),
    ...createIntakeSlice(services)(...arguments_),
    ...createBucketsSlice(services)(...arguments_),
    ...createKeptDataSlice(services)(...arguments_),
    ...createModelsSlice(services)(...arguments_),
    ...createDownloadsSlice(services)(...arguments_),
    ...createRunsSlice(services)(...arguments_),
    ...createTrainingSlice(services)(...arguments_),
    ...createPredictionsSlice(services)(...arguments_),
    ...createMapsSlice(services)(...arguments_),
    ...createStudySlice(services)(...arguments_),
    ...createSweepSlice(services)(...arguments_),
    ...createDiagnosticsSlice(services)(...arguments_),
  }));
  connectEffects(store, services);
  return store;
}
