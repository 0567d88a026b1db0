/** What a run is called wherever people read it. */
import { ADAPTERS, adapterTags } from '../../vit/adapters/index.js';
import { methodUnit } from '../../vit/methods/index.js';
import { runName } from '../../vit/names/run-name.js';
import type { RunRecord } from './run.js';

const words = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9@.]+/)
    .filter((word) => word !== '');

/**
 * Whether a person named the run: its name contains a word that its configuration does not. The names that the page, the command line
 * and exported files give only repeat data, method, schedule, what trains and the seed.
 */
export function isNamed({ name, configuration }: RunRecord): boolean {
  const { data, method, schedule, seed } = configuration;
  const sizes = ADAPTERS.map(({ name: way, size }) => `${way} ${configuration[size]} ${way}${configuration[size]}`);
  const said = new Set([
    ...words(`${data} ${data.replace(/\.[a-z]+$/i, '')} ${method} ${methodUnit(method).label} ${schedule}`),
    ...words(`none ${adapterTags(configuration).join(' ')} ${sizes.join(' ')} probe`),
    ...words(`seed ${seed} seed${seed}`),
  ]);
  return words(name).some((word) => !said.has(word));
}

/** The name that a person gave; for any other run, wherever it comes from, the one that its configuration makes. */
export const nameOf = (run: RunRecord): string => (isNamed(run) ? run.name : runName(run.configuration));
