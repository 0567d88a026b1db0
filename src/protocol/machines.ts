import type { AdapterDescription } from './run.js';

/** What the page's address may ask for, as `?machine=gpu`, `?machine=cpu` or `?machine=cpu:3` (threads). */
export interface MachineChoice {
  /** `auto`: a graphics card where there is one, else the processors. */
  readonly kind: 'auto' | 'gpu' | 'cpu';
  /** Of the processors; null for as many as run at once. */
  readonly threads: number | null;
}

/** Reads what {@link writeMachineChoice} writes; anything else leaves the choice to the page. */
export function readMachineChoice(text: string): MachineChoice {
  if (text === 'gpu') return { kind: 'gpu', threads: null };
  const [cpu, threads] = /^cpu(?::([1-9]\d{0,2}))?$/.exec(text) ?? [];
  if (cpu === undefined) return { kind: 'auto', threads: null };
  return { kind: 'cpu', threads: threads === undefined ? null : Math.min(256, Number(threads)) };
}

export const writeMachineChoice = ({ kind, threads }: MachineChoice): string =>
  kind === 'cpu' && threads !== null ? `cpu:${threads}` : kind;

/** One of the machines that this browser has, or why it has not. */
export type MachineOffer =
  | { readonly kind: 'gpu' | 'cpu'; readonly adapter: AdapterDescription; readonly gflops: number }
  | { readonly kind: 'gpu' | 'cpu'; readonly problem: string };
