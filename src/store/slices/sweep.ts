import { z } from 'zod';
import { modelInUse, occupied, problemAt } from '../facts.js';
import { scheduleProblem } from '../schedule.js';
import { COMPARISON, notYetRun, planSweep } from '../sweep-plan.js';
import { runName } from '../../vit/names/run-name.js';
import type { Configuration } from '../../vit/configuration.js';
import type { GetState, Services, SetState, Slice } from '../state.js';
import { type SweepEntry, type SweepSlice, entrySchema } from '../state/sweep.js';

export { combinations } from '../../protocol/sweep.js';

const storedSchema = z.object({ version: z.literal(1), entries: z.array(entrySchema).max(10_000) });
const KEY = 'pyra-playground/sweep';

/** Reads a queue from storage. What was running when the page was closed is waiting again, and goes on from its last epoch. */
function restore(text: string | null): SweepEntry[] {
  if (text === null) return [];
  try {
    const stored = storedSchema.safeParse(JSON.parse(text));
    if (!stored.success) return [];
    return stored.data.entries.map((entry) => (entry.state === 'running' ? { ...entry, state: 'waiting' } : entry));
  } catch {
    return [];
  }
}

/** The queue in storage, and changes of its entries. */
function queueIn(storage: Services['storage'], set: SetState, get: GetState) {
  const keep = (): void => storage.set(KEY, JSON.stringify({ version: 1, entries: get().queue }));
  const change = (id: string, patch: Partial<SweepEntry>): void => {
    set((state) => ({ queue: state.queue.map((entry) => (entry.id === id ? { ...entry, ...patch } : entry)) }));
    keep();
  };
  return { keep, change };
}

const queue: Slice<Pick<SweepSlice, 'enqueue' | 'skip' | 'noticeSweepRun' | 'clearSweep'>> =
  ({ storage }) =>
  (set, get) => {
    const { keep, change } = queueIn(storage, set, get);
    return {
      enqueue: (configurations) => {
        const entries = configurations.map((configuration) => ({
          id: crypto.randomUUID(),
          name: runName(configuration),
          configuration,
          state: 'waiting' as const,
          runId: null,
          message: null,
        }));
        get().dismiss('sweep');
        const architecture = modelInUse(get())?.architecture;
        for (const configuration of configurations) {
          const problem = architecture ? scheduleProblem(configuration, architecture) : null;
          if (problem === null) continue;
          get().report('sweep', { code: 'schedule.invalid', message: `${configuration.schedule}: ${problem}` });
          return false;
        }
        set((state) => ({ queue: [...state.queue, ...entries] }));
        keep();
        return true;
      },
      skip: async (id) => {
        const entry = get().queue.find((other) => other.id === id);
        if (!entry || (entry.state !== 'waiting' && entry.state !== 'running')) return;
        change(id, { state: 'skipped' });
        if (entry.state !== 'running') return;
        await get().stop();
      },
      noticeSweepRun: (runId) => {
        const entry = get().queue.find((other) => other.state === 'running');
        if (entry) change(entry.id, { runId });
      },
      clearSweep: () => {
        set((state) => ({ queue: state.queue.filter((entry) => entry.state === 'running') }));
        keep();
      },
    };
  };

const sweepWords = (queue: readonly SweepEntry[]): string =>
  `${queue.filter(({ state }) => state === 'finished').length} of ${queue.length} runs are finished.`;

const running: Slice<Pick<SweepSlice, 'compareMethods' | 'runSweep' | 'pauseSweep'>> =
  ({ storage, notices }) =>
  (set, get) => {
    const { change } = queueIn(storage, set, get);
    const trainEntry = async (entry: SweepEntry): Promise<void> => {
      change(entry.id, { state: 'running', message: null });
      set({ secondsWaiting: null });
      const waiting = get().queue.flatMap((other) => (other.state === 'waiting' ? [other.configuration] : []));
      void get()
        .estimateSweep(waiting)
        .then((secondsWaiting) => set({ secondsWaiting }));
      const kept = entry.runId === null ? undefined : get().runs[entry.runId];
      if (kept?.state === 'finished') return change(entry.id, { state: 'finished' });
      const begun = kept !== undefined && kept.epochs.length > 0;
      const run = begun ? await get().continueRun(kept.id) : await get().train(entry.configuration, entry.name);
      if (get().queue.find((other) => other.id === entry.id)?.state === 'skipped') return;
      if (!run) return change(entry.id, { state: 'failed', message: problemAt(get(), 'run')?.message ?? 'It could not start.' });
      if (run.state === 'failed')
        return change(entry.id, { state: 'failed', runId: run.id, message: run.error?.message ?? null });
      change(entry.id, { state: run.state === 'finished' ? 'finished' : 'skipped', runId: run.id });
    };
    return {
      compareMethods: async () => {
        const { configuration, runs } = get();
        const { configurations } = planSweep(configuration, modelInUse(get())?.architecture, COMPARISON);
        if (get().enqueue(notYetRun(configurations, Object.values(runs)))) await get().runSweep();
      },
      runSweep: async () => {
        if (get().sweeping === 'paused') return get().resume();
        if (get().sweeping === 'running' || occupied(get())) return;
        set({ sweeping: 'running' });
        for (;;) {
          const next = get().queue.find((entry) => entry.state === 'waiting');
          if (!next) break;
          await trainEntry(next);
        }
        set({ sweeping: 'idle' });
        await get().restoreSetUp();
        get().announce('The sweep has ended.');
        if (get().telling === 'yes') notices.show('The sweep has ended', sweepWords(get().queue));
      },
      pauseSweep: async () => {
        if (get().sweeping === 'running') await get().pause();
      },
    };
  };

const estimating: Slice<Pick<SweepSlice, 'estimateSweep'>> =
  ({ api }) =>
  () => {
    const secondsOf = async (configuration: Configuration): Promise<number | null> => {
      const answer = await api.estimate(configuration);
      const epoch = answer.ok ? answer.value.value.secondsPerEpoch : null;
      return epoch === null ? null : epoch * configuration.epochs;
    };
    return {
      estimateSweep: async (configurations) => {
        // Costs by configuration without the seed, which does not change them: each estimate plans a whole network.
        const known = new Map<string, number>();
        let seconds = 0;
        for (const configuration of configurations) {
          const key = JSON.stringify({ ...configuration, seed: 0 });
          const own = known.get(key) ?? (await secondsOf(configuration));
          if (own === null) return null;
          known.set(key, own);
          seconds += own;
        }
        return seconds;
      },
    };
  };

export const createSweepSlice: Slice<SweepSlice> =
  (services) =>
  (...store) => ({
    queue: restore(services.storage.get(KEY)),
    sweeping: 'idle',
    secondsWaiting: null,
    ...queue(services)(...store),
    ...running(services)(...store),
    ...estimating(services)(...store),
  });
