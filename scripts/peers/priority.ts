/** The priority of processes that this one starts. */
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

const EVERY_MS = 300;

/**
 * Keeps every thread of processes below this one, whose command line contains `word`, at this process's priority. Chromium gives its
 * renderers the normal one, whatever it was started with, and a measurement at a higher one would be that of its own process alone.
 * Does nothing at the normal priority and where there is no Linux. @returns what ends it.
 */
export function keepPriority(word: string): () => void {
  const own = getPriority();
  if (process.platform !== 'linux' || own >= 0) return () => undefined;
  const keep = (): void => {
    for (const thread of threadsBelow(process.pid, word)) quietly(() => setPriority(thread, own));
  };
  const timer = setInterval(keep, EVERY_MS);
  return () => clearInterval(timer);
}

/** The threads of the processes below `pid` whose command line contains `word`. */
export function threadsBelow(pid: number, word: string): number[] {
  return childrenOf(pid).flatMap((child) => {
    const command = quietly(() => readFileSync(`/proc/${child}/cmdline`, 'utf8')) ?? '';
    return [...(command.includes(word) ? threadsOf(child) : []), ...threadsBelow(child, word)];
  });
}

function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) =>
    (quietly(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

const threadsOf = (pid: number): number[] => (quietly(() => readdirSync(`/proc/${pid}/task`)) ?? []).map(Number);

/** A process or thread may end at any time. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
