import { initialTokens, protectedTokens, type Architecture } from '../../vit/architecture.js';
import { scheduleOf, type Configuration } from '../../vit/configuration.js';
import { toErrorRecord } from '../../vit/errors.js';
import { resolveSchedule, type ResolvedSchedule, type ScheduleShape } from '../../vit/schedule.js';

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
    return {
      ok: true,
      schedule: resolveSchedule(scheduleOf(configuration), scheduleShape(architecture, configuration.imageSize)),
    };
  } catch (thrown) {
    return { ok: false, message: toErrorRecord(thrown).message };
  }
}
