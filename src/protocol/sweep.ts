import type { Configuration } from '../vit/configuration.js';
import { reduces, type Method } from '../vit/methods/index.js';

/**
 * Every combination of the choices, but each run once (without merging, all schedules are the same run). The seed is the outermost loop
 * and the method the innermost, so that runs that are compared in pairs come one after the other.
 */
export function combinations(
  base: Configuration,
  choices: { readonly methods: readonly Method[]; readonly schedules: readonly string[]; readonly seeds: readonly number[] },
): Configuration[] {
  const found = new Map<string, Configuration>();
  for (const seed of choices.seeds) {
    for (const wanted of choices.schedules.length > 0 ? choices.schedules : ['none']) {
      for (const method of choices.methods) {
        const configuration = { ...base, method, schedule: reduces(method) ? wanted : 'none', seed };
        found.set(JSON.stringify(configuration), configuration);
      }
    }
  }
  return [...found.values()];
}
