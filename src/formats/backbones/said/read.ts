import type { z } from 'zod';
import { PlaygroundError } from '../../../vit/errors.js';

/**
 * A file's value by its schema, where it has the marks of such a file; undefined where it is another. A marked file that the schema
 * does not take is an error: half of a configuration is no configuration. Throws `file.damaged` with the key that is not as it should be.
 */
export function readIf<T>(marks: z.ZodType, schema: z.ZodType<T>, value: unknown, from: string): T | undefined {
  if (!marks.safeParse(value).success) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const message = `${from}: its key '${issue?.path.join('.') ?? ''}' is not as it should be: ${issue?.message ?? ''}`;
  throw new PlaygroundError('file.damaged', message, { subject: from });
}
