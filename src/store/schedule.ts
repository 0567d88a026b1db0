import { initialTokens, protectedTokens, type Architecture } from '../vit/architecture.js';
import { scheduleOf, type Configuration } from '../vit/configuration.js';
import { toErrorRecord } from '../vit/errors.js';
import { largestMerge, resolveSchedule, type ResolvedSchedule, type ScheduleShape } from '../vit/schedule.js';

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

/**
 * Why a configuration's schedule cannot be trained on a model, as a sentence; null where it can. Blocks count from 1, as
 * everywhere on the page.
 */
export function scheduleProblem(
  configuration: Pick<Configuration, 'method' | 'schedule' | 'imageSize'>,
  architecture: Architecture,
): string | null {
  const read = readSchedule(configuration, architecture);
  if (!read.ok) return read.message;
  const [first] = read.schedule.problems;
  if (!first) return null;
  const tokens = read.schedule.tokens[first.block] ?? 0;
  const most = largestMerge(tokens, protectedTokens(architecture));
  return `Block ${first.block + 1} would merge ${read.schedule.r[first.block] ?? 0} tokens, but of its ${tokens} at most ${most} can: half of those that are not protected.`;
}
