import { bench, settle } from './store-bench.js';

/** A page with what it shows on arrival. */
export async function arrived(options: Parameters<typeof bench>[0] = {}) {
  const made = bench(options);
  await made.store.getState().start();
  made.elapse();
  await settle();
  return { ...made, state: made.store.getState, rest: () => rest(made) };
}

/** Lets what is put off happen, and what follows from that, until nothing does. */
export async function rest({ elapse }: { elapse: () => void }): Promise<void> {
  for (let round = 0; round < 4; round++) {
    elapse();
    await settle();
  }
}
