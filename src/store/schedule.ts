import { initialTokens, protectedTokens, type Architecture } from '../vit/architecture.js';
import { usesAdapter, usesLora, usesPyra, type Configuration } from '../vit/configuration.js';
import { forwardCost, type Cost } from '../vit/cost.js';
import { toErrorRecord } from '../vit/errors.js';
import { resolveSchedule, type ResolvedSchedule, type ScheduleShape } from '../vit/schedule.js';

export function scheduleShape(architecture: Architecture, imageSize: number): ScheduleShape {
  return {
    tokens: initialTokens(architecture, imageSize),
    protectedTokens: protectedTokens(architecture),
    depth: architecture.depth,
    distilled: architecture.distilled,
  };
}

export type ReadSchedule =
  { readonly ok: true; readonly schedule: ResolvedSchedule } | { readonly ok: false; readonly message: string };

/** The configuration's schedule for a model; a method without merging merges nothing. */
export function readSchedule(
  configuration: Pick<Configuration, 'method' | 'schedule' | 'imageSize'>,
  architecture: Architecture,
): ReadSchedule {
  try {
    const text = configuration.method === 'none' ? 'none' : configuration.schedule;
    return { ok: true, schedule: resolveSchedule(text, scheduleShape(architecture, configuration.imageSize)) };
  } catch (thrown) {
    return { ok: false, message: toErrorRecord(thrown).message };
  }
}

/** Cost of one image's forward with these token counts; `tokens` has depth + 1 entries. */
export function costOf(
  configuration: Configuration,
  architecture: Architecture,
  tokens: readonly number[],
  classes: number,
): Cost {
  const { method, peft } = configuration;
  return forwardCost(architecture, {
    tokens,
    patches: initialTokens(architecture, configuration.imageSize) - protectedTokens(architecture),
    loraRank: usesLora(peft) ? configuration.loraRank : 0,
    adapterWidth: usesAdapter(peft) ? configuration.adapterWidth : 0,
    merging: method === 'none' ? 'none' : usesPyra(method) ? 'pyra' : 'tome',
    classes,
  });
}
