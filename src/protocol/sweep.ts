import type { Configuration } from '../vit/configuration.js';
import { reduces, type Method } from '../vit/methods/index.js';

/** Every combination of the choices, without repeating those that are the same run (no merging has no schedule). */
export function combinations(
  base: Configuration,
  choices: { readonly methods: readonly Method[]; readonly schedules: readonly string[]; readonly seeds: readonly number[] },
): Configuration[] {
  const found = new Map<string, Configuration>();
  for (const method of choices.methods) {
    for (const schedule of reduces(method) ? choices.schedules : ['none']) {
      for (const seed of choices.seeds) {
        const configuration = { ...base, method, schedule, seed };
        found.set(JSON.stringify(configuration), configuration);
      }
    }
  }
  return [...found.values()];
}
