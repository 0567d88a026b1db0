import { adapterTags } from '../adapters/index.js';
import type { Configuration } from '../configuration.js';
import { methodUnit, reduces } from '../methods/index.js';

/** A run's default name, made of its method, schedule, way to adapt and seed. */
export function runName(configuration: Configuration): string {
  const { method, schedule, seed } = configuration;
  const { label } = methodUnit(method);
  const reduction = reduces(method) ? `${label} ${schedule || 'none'}` : label;
  return [reduction, ...adapterTags(configuration), `seed ${seed}`].join(', ');
}
