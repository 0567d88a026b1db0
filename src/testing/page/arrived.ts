import { bench, settle } from './store-bench.js';

/** A page after its arrival: with machine, backbone, data and map. */
export async function arrived(options: Parameters<typeof bench>[0] = {}) {
  const made = bench(options);
  await made.store.getState().start();
  made.elapse();
  await settle();
  return { ...made, state: made.store.getState, rest: () => rest(made) };
}

/** Runs delayed work and what follows from it, until nothing is left to do. */
export async function rest({ elapse }: { elapse: () => void }): Promise<void> {
  for (let round = 0; round < 4; round++) {
    elapse();
    await settle();
  }
}
