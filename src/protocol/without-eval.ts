/**
 * Imported before any schema: the page's security policy lets no text run as code, and a schema that tries whether it may makes the
 * browser report a violation.
 */
import { z } from 'zod';

z.config({ jitless: true });
