/** The values that each option may have, in words, derived from the schema; used by fields, links and error messages. */
import { z } from 'zod';
import { configurationSchema, type Configuration } from './configuration.js';

export type Option = keyof Configuration;

export const isOption = (name: string): name is Option => name in configurationSchema.shape;

function inner(schema: z.core.$ZodType): z.core.$ZodType {
  let now = schema;
  while (now instanceof z.ZodDefault || now instanceof z.ZodNullable) now = now.unwrap();
  return now;
}

/** For example `a whole number from 1 to 256`, `one of none, tome, pyra`. */
export function rangeOf(option: Option): string {
  return wordsOf(inner(configurationSchema.shape[option]));
}

function wordsOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodNumber) {
    const { minValue, maxValue } = schema;
    // A number above a bound that is not allowed itself.
    const from = schema.safeParse(minValue).success ? `from ${minValue}` : `above ${minValue}, up`;
    return `${schema.safeParse((minValue ?? 0) + 0.5).success ? 'a number' : 'a whole number'} ${from} to ${maxValue}`;
  }
  if (schema instanceof z.ZodEnum) return `one of ${schema.options.join(', ')}`;
  if (schema instanceof z.ZodBoolean) return 'true or false';
  if (schema instanceof z.ZodString) return `a text of at most ${schema.maxLength} characters`;
  if (schema instanceof z.ZodTuple) return 'three numbers, for red, green and blue';
  if (schema instanceof z.ZodLiteral) return [...schema.values].join(' or ');
  return 'something else';
}

/** Whether an option may have this value, whatever the other options are. */
export function optionTakes(option: Option, value: unknown): boolean {
  return z.safeParse(configurationSchema.shape[option], value).success;
}

/** The first fault of a configuration: a name that is not an option, or an option with a value that it cannot have, and why. */
export function firstFault(given: Readonly<Record<string, unknown>>): { readonly option: string; readonly why: string } | null {
  const result = configurationSchema.safeParse(given);
  const [issue] = result.success ? [] : result.error.issues;
  if (!issue) return null;
  if (issue.code === 'unrecognized_keys') return { option: issue.keys.join(', '), why: 'is no option of this page' };
  const option = String(issue.path[0] ?? '');
  if (!isOption(option)) return { option, why: 'cannot be read' };
  return { option, why: `is ${rangeOf(option)}, and ${wordOf(given[option])} was given` };
}

const wordOf = (value: unknown): string =>
  value === undefined ? 'nothing' : typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
