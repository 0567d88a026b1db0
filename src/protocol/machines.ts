import type { AdapterDescription } from './runs/run.js';

/** What the page's address may ask for, as `?machine=gpu`, `?machine=cpu`, `?machine=cpu:3` (threads) or `?machine=cpu-simd`. */
export interface MachineChoice {
  /** `auto`: a graphics card where there is one, else the processors. */
  readonly kind: 'auto' | 'gpu' | 'cpu';
  /** Of the processors; null for as many as run at once. */
  readonly threads: number | null;
  /**
   * Which build of the kernels for processors; without it the faster one that runs here. `cpu-simd` gives the same bits in every
   * browser and in Node.
   */
  readonly build?: CpuBuild;
}

export const CPU_BUILDS = ['cpu-simd', 'cpu-relaxed'] as const;
export type CpuBuild = (typeof CPU_BUILDS)[number];

/** Reads what {@link writeMachineChoice} writes; anything else leaves the choice to the page. */
export function readMachineChoice(text: string): MachineChoice {
  if (text === 'gpu') return { kind: 'gpu', threads: null };
  const [, name, threads] = /^(cpu|cpu-simd|cpu-relaxed)(?::([1-9]\d{0,2}))?$/.exec(text) ?? [];
  if (name === undefined) return { kind: 'auto', threads: null };
  const build = CPU_BUILDS.find((one) => one === name);
  return {
    kind: 'cpu',
    threads: threads === undefined ? null : Math.min(256, Number(threads)),
    ...(build === undefined ? {} : { build }),
  };
}

export const writeMachineChoice = ({ kind, threads, build }: MachineChoice): string =>
  kind === 'cpu' ? `${build ?? kind}${threads === null ? '' : `:${threads}`}` : kind;

/** A machine that this browser has, or why it does not have it. */
export type MachineOffer =
  | { readonly kind: 'gpu' | 'cpu'; readonly adapter: AdapterDescription; readonly gflops: number }
  | { readonly kind: 'gpu' | 'cpu'; readonly problem: string };
