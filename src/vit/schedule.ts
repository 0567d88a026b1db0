import { PlaygroundError } from './errors.js';

/**
 * A merging schedule as a person writes it: `none`, `low`, `high`, a constant `16`, ToMe's `r@inflection` (`16@-1`), or a
 * list `16,16,12,...` with one number for each block.
 */
export type ScheduleText = string;

export interface ScheduleShape {
  /** Tokens that enter block 0, protected ones included. */
  readonly tokens: number;
  /** T: class token, distillation token and registers, as far as there are any. */
  readonly protectedTokens: number;
  readonly depth: number;
  readonly distilled?: boolean;
}

export interface ResolvedSchedule {
  /** Tokens merged in each block. */
  readonly r: readonly number[];
  /** Tokens that enter each block's attention, and last those that leave the model: length depth + 1. */
  readonly tokens: readonly number[];
  /** The blocks that are asked to merge more than half of their tokens; empty where the schedule fits. */
  readonly problems: readonly { readonly block: number; readonly message: string }[];
}

/** The paper's schedules (tokens merged in each block), at 224 pixels and patch 16: 196 patches. */
export const PAPER_SCHEDULES = {
  'vit-b/low': [16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 10],
  'vit-b/high': [40, 34, 30, 24, 18, 14, 10, 8, 4, 4, 3, 3],
  'vit-l/low': [...Array<number>(23).fill(8), 6],
  'vit-l/high': [20, 19, 18, 17, 15, 13, 13, 12, 10, 9, 8, 6, 6, 4, 4, 4, 3, 3, 2, 2, 1, 1, 1, 1],
  'deit-b/low': [...Array<number>(6).fill(16), ...Array<number>(6).fill(10)],
} as const satisfies Record<string, readonly number[]>;

const PAPER_PATCHES = 196;

/** The most tokens that a block can merge: half of those that are not protected. */
export function largestMerge(tokens: number, protectedCount: number): number {
  return Math.max(0, Math.floor((tokens - protectedCount) / 2));
}

/** Token counts and problems of an explicit list. Never throws; {@link requireSchedule} does. */
export function followSchedule(r: readonly number[], shape: ScheduleShape): ResolvedSchedule {
  const tokens = [shape.tokens];
  const problems: { block: number; message: string }[] = [];
  let now = shape.tokens;
  for (let block = 0; block < shape.depth; block++) {
    const wanted = r[block] ?? 0;
    const most = largestMerge(now, shape.protectedTokens);
    if (wanted > most) {
      problems.push({
        block,
        message: `schedule: block ${block} would merge ${wanted} tokens, but of its ${now} tokens at most ${most} can merge (half of those that are not protected)`,
      });
    }
    now -= Math.min(wanted, most);
    tokens.push(now);
  }
  return { r: Array.from({ length: shape.depth }, (_, block) => r[block] ?? 0), tokens, problems };
}

/**
 * Adapts the paper's schedules to other depths and token counts: the fraction of patches that has been merged at each relative depth stays
 * the same. c(t) is the cumulative curve of the paper's list of 12 blocks (24 for models deeper than 18), with t from 0 to 1 over the depth
 * and c in units of its 196 patches. It is read at each block's end, multiplied by the number of patches, rounded, and limited to half of
 * the tokens that are left. For the paper's own shapes it returns the paper's list.
 */
export function scalePaperSchedule(rate: 'low' | 'high', shape: ScheduleShape): number[] {
  const deep = shape.depth > 18;
  const base: readonly number[] =
    rate === 'high'
      ? PAPER_SCHEDULES[deep ? 'vit-l/high' : 'vit-b/high']
      : PAPER_SCHEDULES[deep ? 'vit-l/low' : shape.distilled ? 'deit-b/low' : 'vit-b/low'];
  const cumulative = [0];
  for (const value of base) cumulative.push((cumulative.at(-1) ?? 0) + value);
  const mergedBy = (t: number): number => {
    const position = t * base.length;
    const index = Math.min(base.length - 1, Math.floor(position));
    const before = cumulative[index] ?? 0;
    const after = cumulative[index + 1] ?? before;
    return before + (after - before) * (position - index);
  };
  const patches = shape.tokens - shape.protectedTokens;
  const r: number[] = [];
  let now = shape.tokens;
  for (let block = 0; block < shape.depth; block++) {
    const mergedSoFar = shape.tokens - now;
    const target = Math.round((mergedBy((block + 1) / shape.depth) * patches) / PAPER_PATCHES);
    const value = Math.max(0, Math.min(target - mergedSoFar, largestMerge(now, shape.protectedTokens)));
    r.push(value);
    now -= value;
  }
  return r;
}

/**
 * ToMe's schedule (r, inflection): on average r tokens a block, along a straight line over the blocks that starts at r (1 - inflection).
 * With inflection -1 it falls from 2r to 0, with 0 it is constant, with +1 it rises from 0 to 2r (arXiv 2210.09461, appendix).
 */
export function inflectedSchedule(r: number, inflection: number, depth: number): number[] {
  const first = r * (1 - inflection);
  const step = depth > 1 ? (2 * (r - first)) / (depth - 1) : 0;
  return Array.from({ length: depth }, (_, block) => Math.trunc(first + step * block));
}

function invalid(text: string, why: string): PlaygroundError {
  return new PlaygroundError('schedule.invalid', `schedule: '${text}' ${why}`, { subject: 'schedule' });
}

/** Reads a schedule's text for a model. Counts that do not fit are listed in `problems`; a text that is no schedule throws. */
export function resolveSchedule(text: ScheduleText, shape: ScheduleShape): ResolvedSchedule {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === 'none' || trimmed === '') return followSchedule([], shape);
  if (trimmed === 'low' || trimmed === 'high') return followSchedule(scalePaperSchedule(trimmed, shape), shape);
  const inflected = /^(\d+)@([+-]?\d*\.?\d+)$/.exec(trimmed);
  if (inflected) {
    const inflection = Number(inflected[2]);
    if (!(inflection >= -1 && inflection <= 1)) throw invalid(text, 'has an inflection outside -1 to 1');
    return clampConstant(inflectedSchedule(Number(inflected[1]), inflection, shape.depth), shape);
  }
  if (/^\d+$/.test(trimmed)) return clampConstant(inflectedSchedule(Number(trimmed), 0, shape.depth), shape);
  const parts = trimmed.split(/[\s,]+/).filter((part) => part !== '');
  if (!parts.every((part) => /^\d+$/.test(part))) {
    throw invalid(
      text,
      "is not a schedule; write none, low, high, a number, r@inflection, or one number for each block, as in '16,16,8'",
    );
  }
  if (parts.length !== shape.depth) {
    throw invalid(text, `has ${parts.length} numbers, but the model has ${shape.depth} blocks`);
  }
  return followSchedule(parts.map(Number), shape);
}

/** Lowers a constant r where a block has too few tokens left, as ToMe does. Explicit lists are not changed. */
function clampConstant(r: readonly number[], shape: ScheduleShape): ResolvedSchedule {
  let now = shape.tokens;
  const clamped = r.map((wanted) => {
    const value = Math.min(wanted, largestMerge(now, shape.protectedTokens));
    now -= value;
    return value;
  });
  return followSchedule(clamped, shape);
}

/** As {@link resolveSchedule}, but throws, naming the block, where more than half of a block's tokens would merge. */
export function requireSchedule(text: ScheduleText, shape: ScheduleShape): ResolvedSchedule {
  const resolved = resolveSchedule(text, shape);
  const [problem] = resolved.problems;
  if (problem) throw new PlaygroundError('schedule.invalid', problem.message, { subject: 'schedule' });
  return resolved;
}
