/** The file that describes a sweep: each of its blocks runs every combination of its lists. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { PEFTS } from '../../vit/adapters/index.js';
import { BUNDLED } from '../../vit/configuration.js';
import { METHODS } from '../../vit/methods/index.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { DataPlace } from '../inputs/inputs.js';

/** The published protocol that a sweep can follow; see {@link pointsOf}. */
export const RECIPES = ['paper', 'released'] as const;
export type Recipe = (typeof RECIPES)[number];

const triple = z.tuple([z.number(), z.number(), z.number()]);
const seed = z.number().int().min(0).max(0xffff_ffff);

export interface SweepBackbone {
  /** `bundled`, a path relative to the file's folder, or a reference. */
  readonly path: string;
  readonly heads?: number | undefined;
  readonly mean?: readonly [number, number, number] | undefined;
  readonly std?: readonly [number, number, number] | undefined;
}

const backboneSchema = z.union([
  z
    .string()
    .min(1)
    .transform((path): SweepBackbone => ({ path })),
  z
    .strictObject({
      path: z.string().min(1),
      heads: z.number().int().min(1).optional(),
      mean: triple.optional(),
      std: triple.optional(),
    })
    .transform((given): SweepBackbone => given),
]);

export interface SweepTask {
  /** `task:NAME`, or a path relative to the file's folder. */
  readonly data: string;
  /** How they are read, as options of the command line. */
  readonly options: DataPlace['options'];
  /** If the data are missing, they are left out with a sentence instead of an error. */
  readonly optional: boolean;
}

const taskSchema = z.union([
  z
    .string()
    .min(1)
    .transform((data): SweepTask => ({ data, options: {}, optional: false })),
  z
    .strictObject({
      data: z.string().min(1),
      options: z.partialRecord(z.enum(['task', 'form', 'label-column', 'part-column']), z.string()).default({}),
      optional: z.boolean().default(false),
    })
    .transform(({ data, options, optional }): SweepTask => {
      const said = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
      return { data, options: Object.fromEntries(said), optional };
    }),
]);

const block = {
  backbones: z.array(backboneSchema).min(1).optional(),
  tasks: z.array(taskSchema).min(1).optional(),
  methods: z.array(z.enum(METHODS)).min(1).optional(),
  peft: z.array(z.enum(PEFTS)).min(1).optional(),
  schedules: z.array(z.string().min(1)).min(1).optional(),
  /** A number N stands for the seeds 0 to N - 1. */
  seeds: z.union([z.array(seed).min(1), z.number().int().min(1).max(10_000)]).optional(),
  recipe: z.enum(RECIPES).optional(),
  /** Fields of the configuration (as in run.json) that differ from the paper's recipe. */
  settings: z.record(z.string(), z.unknown()).optional(),
};

export const sweepSchema = z.strictObject({
  format: z.literal('pyra-playground-sweep'),
  version: z.literal(1),
  ...block,
  /** Blocks that run one after another. Each gives the settings in which it differs from the file as a whole. */
  runs: z.array(z.strictObject(block)).min(1).default([{}]),
});
export type SweepFile = z.infer<typeof sweepSchema>;
export type SweepBlock = Omit<SweepFile, 'format' | 'version' | 'runs'>;

const refused = (path: string, why: string, cause?: unknown): PlaygroundError =>
  new PlaygroundError('usage', `${path}: ${why}`, { subject: path, cause });

/** Reads a sweep's file and makes its paths absolute. Rejects with a sentence that names the field. */
export async function readSweepFile(path: string): Promise<SweepFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw refused(path, 'no sweep is there', cause);
  }
  return decodeSweep(text, path);
}

/** Parses the file's text as {@link readSweepFile} does. */
export function decodeSweep(text: string, path: string): SweepFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refused(path, 'is no JSON, and a sweep is', cause);
  }
  const parsed = sweepSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw refused(path, `is no sweep: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? ''}`);
  }
  const whole = (place: string): string => wholePath(place, dirname(path));
  const blockOf = (given: SweepBlock): SweepBlock => ({
    ...given,
    ...(given.backbones ? { backbones: given.backbones.map((entry) => ({ ...entry, path: whole(entry.path) })) } : {}),
    ...(given.tasks ? { tasks: given.tasks.map((entry) => ({ ...entry, data: whole(entry.data) })) } : {}),
  });
  const { runs, format, version, ...common } = parsed.data;
  return { format, version, ...blockOf(common), runs: runs.map(blockOf) };
}

/** Makes a path relative to the file's folder absolute; anything that is not a path stays as it is. */
function wholePath(place: string, folder: string): string {
  if (place === BUNDLED || place.startsWith('task:') || /^https?:/.test(place) || isAbsolute(place)) return place;
  return join(folder, place);
}

/**
 * Replaces the places of data sets that lie elsewhere than the file says, by the last part of the path: `sign-digits.zip` to its new path.
 */
export function relocate(sweep: SweepFile, places: Readonly<Record<string, string | null>>): SweepFile {
  const known = new Set<string>();
  const moved = (given: SweepBlock): SweepBlock => {
    if (!given.tasks) return given;
    const tasks = given.tasks.map((entry) => {
      const name = basename(entry.data);
      known.add(name);
      return { ...entry, data: places[name] ?? entry.data };
    });
    return { ...given, tasks };
  };
  const { runs, ...common } = sweep;
  const result = { ...common, ...moved(common), runs: runs.map(moved) };
  const unknown = Object.keys(places).find((name) => !known.has(name));
  if (unknown === undefined) return result;
  throw new PlaygroundError('option.invalid', `--places has '${unknown}', which is none of ${[...known].join(', ')}`, {
    subject: 'places',
  });
}
