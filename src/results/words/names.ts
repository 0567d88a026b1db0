/** Names of data sets and backbones, in words. */
import { BUNDLED, isDrawn, taskOf } from '../../vit/configuration.js';

/** `texture (drawn)` for `task:texture`; other names as they are. */
export const dataName = (data: string): string => (isDrawn(data) ? `${taskOf(data)} (drawn)` : data);

/** The name of a backbone's file without its extension; `bundled ViT` for the bundled one. */
export const modelName = (model: string): string =>
  model === BUNDLED ? 'bundled ViT' : model.replace(/\.(safetensors|zip|onnx|pth?|bin)$/, '');

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
