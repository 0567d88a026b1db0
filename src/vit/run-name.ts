import { adapterTags } from './adapters/index.js';
import type { Configuration } from './configuration.js';
import { methodUnit, reduces } from './methods/index.js';

/** A name that says what sets a run apart: method, schedule, what trains, seed. */
export function runName(configuration: Configuration): string {
  const { method, schedule, seed } = configuration;
  const { label } = methodUnit(method);
  const reduction = reduces(method) ? `${label} ${schedule || 'none'}` : label;
  return [reduction, ...adapterTags(configuration), `seed ${seed}`].join(', ');
}
