import { Evidence } from '../evidence.js';
import { adapterFact } from '../facts.js';
import type { Slice } from '../state.js';
import type { DiagnosticsSlice } from '../state/diagnostics.js';

export const createDiagnosticsSlice: Slice<DiagnosticsSlice> =
  ({ api }) =>
  (set, get) => ({
    verified: null,
    benchmarked: null,
    benchmarkedSoFar: [],
    diagnosing: null,
    machines: null,
    verify: async (files) => {
      get().dismiss('verify');
      set({ diagnosing: 'verify', verified: null });
      const answer = await api.verify(files);
      set({ diagnosing: null, busy: null, verified: answer.ok ? new Evidence(adapterFact(get()), answer.value) : null });
      if (!answer.ok) get().report('verify', answer.error);
    },
    benchmark: async (everywhere = false) => {
      get().dismiss('benchmark');
      set({ diagnosing: 'benchmark', benchmarked: null, benchmarkedSoFar: [] });
      const answer = await api.benchmark(get().configuration, everywhere);
      const benchmarked = answer.ok ? new Evidence(answer.value.of, answer.value.value) : null;
      set({ diagnosing: null, busy: null, benchmarked, benchmarkedSoFar: [] });
      if (!answer.ok) get().report('benchmark', answer.error);
    },
    receiveBenchmarked: (soFar) =>
      set((state) => ({
        benchmarkedSoFar: [...state.benchmarkedSoFar.filter(({ adapter }) => adapter !== soFar.adapter), soFar],
      })),
    fullRows: [],
    fullyMeasured: null,
    fullBenchmark: async (minutes) => {
      get().dismiss('benchmark');
      set({ diagnosing: 'full', fullRows: [], fullyMeasured: null });
      const answer = await api.fullBenchmark(minutes);
      const fullyMeasured = answer.ok ? new Evidence(adapterFact(get()), answer.value) : null;
      set({ diagnosing: null, busy: null, fullyMeasured });
      if (!answer.ok) get().report('benchmark', answer.error);
    },
    receiveMeasured: (row) => set((state) => ({ fullRows: [...state.fullRows, row] })),
    askMachines: async () => {
      const { diagnosing, training, connection } = get();
      if (diagnosing !== null || training !== 'idle' || connection !== 'ready') return;
      set({ diagnosing: 'machines' });
      const answer = await api.machines();
      set({ diagnosing: null, busy: null, ...(answer.ok ? { machines: answer.value } : {}) });
      if (!answer.ok) get().report('connection', answer.error);
    },
  });
