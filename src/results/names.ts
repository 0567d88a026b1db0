/** Names of data sets, backbones and runs as people say them. */
import { adapterTags } from '../vit/adapters/index.js';
import type { Configuration } from '../vit/configuration.js';
import { methodUnit, reduces } from '../vit/methods/index.js';

const TASK_PREFIX = 'task:';

/** Whether a data set is drawn, anew for each seed. */
export const isDrawn = (data: string): boolean => data.startsWith(TASK_PREFIX);

/** `task:texture` as `texture (drawn)`; others by their own name. */
export const dataName = (data: string): string => (isDrawn(data) ? `${data.slice(TASK_PREFIX.length)} (drawn)` : data);

/** A backbone's file without its ending; the one that comes along by what it is. */
export const modelName = (model: string): string =>
  model === 'bundled' ? 'bundled ViT' : model.replace(/\.(safetensors|zip|onnx|pth?|bin)$/, '');

/** Whole numbers as a person lists them: `0–2, 5`. */
export function listed(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const runs: number[][] = [];
  for (const number of sorted) {
    const last = runs.at(-1);
    if (last && number === (last.at(-1) ?? NaN) + 1) last.push(number);
    else runs.push([number]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}–${run.at(-1)}` : run.join(', '))).join(', ');
}

/** A name that says what sets a run apart: method, schedule, what trains, seed. */
export function runName(configuration: Configuration): string {
  const { method, schedule, seed } = configuration;
  const { label } = methodUnit(method);
  const reduction = reduces(method) ? `${label} ${schedule || 'none'}` : label;
  return [reduction, ...adapterTags(configuration), `seed ${seed}`].join(', ');
}
