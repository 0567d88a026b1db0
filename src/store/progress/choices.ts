/** What a person may choose between before a run, with the time that each choice takes. */
import { initialTokens, type Architecture } from '../../vit/architecture.js';
import { configurationCost } from '../../vit/cost.js';
import type { Configuration } from '../../vit/configuration.js';
import { readSchedule } from '../schedule.js';

export interface EpochsChoice {
  readonly epochs: number;
  readonly seconds: number;
}

/** Seconds below which a run is not worth shortening. */
const SHORT_SECONDS = 60;
/** Seconds that a person waits without leaving. */
const WAITED_FOR = 300;
const FEWER = [50, 20, 10, 5, 2, 1] as const;

/**
 * A shorter run to offer beside the one that is set up: the most epochs, at most half of them, that end within {@link WAITED_FOR}
 * seconds; one epoch where none does. Null where the run is short anyway.
 */
export function shorterRun(epochs: number, secondsPerEpoch: number): EpochsChoice | null {
  if (epochs * secondsPerEpoch < SHORT_SECONDS) return null;
  const fewer = FEWER.filter((count) => count <= epochs / 2);
  const chosen = fewer.find((count) => count * secondsPerEpoch <= WAITED_FOR) ?? fewer.at(-1);
  return chosen === undefined ? null : { epochs: chosen, seconds: chosen * secondsPerEpoch };
}

export interface SizeChoice {
  /** Side of the pictures in pixels, whole patches. */
  readonly side: number;
  /** Of the whole run; null where this machine's speed is not known. */
  readonly seconds: number | null;
}

const SIDES = [48, 64, 96, 128, 160, 192, 224] as const;
/** On fewer pixels the objects in a photograph are a few patches; the page does not choose such a size by itself. */
export const LEAST_SIDE = 96;

const wholePatches = (side: number, patch: number): number => Math.ceil(side / patch) * patch;

/** Multiply-accumulates of one picture at a side; null where the schedule does not fit it. */
function costAt(configuration: Configuration, architecture: Architecture, side: number, classes: number): number | null {
  const at = { ...configuration, imageSize: side };
  const read = readSchedule(at, architecture);
  if (!read.ok || read.schedule.problems.length > 0) return null;
  return configurationCost(at, architecture, read.schedule.tokens, classes).macs;
}

/**
 * The sizes that a backbone's pictures may have, ascending, up to the one that it was made for, without those that the schedule does
 * not fit. Times are in proportion to the multiply-accumulates, from the time of the size that is set up.
 *
 * @param runSeconds of the whole run as it is set up; null where that is not known.
 */
export function sizeChoices(
  configuration: Configuration,
  architecture: Architecture,
  classes: number,
  runSeconds: number | null,
): SizeChoice[] {
  const { patchSize, imageSize: made } = architecture;
  const now = costAt(configuration, architecture, configuration.imageSize, classes);
  const sides = new Set([...SIDES.map((side) => wholePatches(side, patchSize)), made].filter((side) => side <= made));
  return [...sides]
    .sort((a, b) => a - b)
    .flatMap((side) => {
      if (initialTokens(architecture, side) < 5) return [];
      const cost = costAt(configuration, architecture, side, classes);
      if (cost === null) return [];
      return [{ side, seconds: runSeconds === null || now === null ? null : (runSeconds * cost) / now }];
    });
}

/** Seconds of the longest run that the page chooses by itself. */
const SENSIBLE_SECONDS = 20 * 60;

/**
 * The size to begin with for a person's own photographs: the largest whose run ends within {@link SENSIBLE_SECONDS}, but no smaller
 * than {@link LEAST_SIDE} and no larger than the pictures are. Pictures that are themselves smaller than that keep the size that is set
 * up.
 *
 * @param own the usual shorter side of the pictures; null where that is not known.
 */
export function sensibleSize(choices: readonly SizeChoice[], own: number | null, now: number): number {
  if (own !== null && own < LEAST_SIDE) return now;
  const least = choices.find(({ side }) => side >= LEAST_SIDE)?.side ?? choices.at(-1)?.side ?? now;
  const useful = choices.filter(({ side }) => side >= least && (own === null || side <= own));
  const fits = useful.filter(({ seconds }) => seconds !== null && seconds <= SENSIBLE_SECONDS);
  if (fits.length > 0) return fits.at(-1)?.side ?? least;
  // No times are known: the size that is set up, if it is large enough.
  return useful.some(({ seconds }) => seconds !== null) ? least : Math.max(now, least);
}
