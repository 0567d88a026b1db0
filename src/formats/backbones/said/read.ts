import type { z } from 'zod';
import { PlaygroundError } from '../../../vit/errors.js';

/**
 * Parses a file's value by its schema if it has the marks of such a file; undefined where it is another file. A marked file that does not
 * fit the schema is an error, since half a configuration must not be used. Throws `file.damaged` with the key at fault.
 */
export function readIf<T>(marks: z.ZodType, schema: z.ZodType<T>, value: unknown, from: string): T | undefined {
  if (!marks.safeParse(value).success) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const message = `${from}: its key '${issue?.path.join('.') ?? ''}' is not as it should be: ${issue?.message ?? ''}`;
  throw new PlaygroundError('file.damaged', message, { subject: from });
}
