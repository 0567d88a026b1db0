/**
 * To be imported before any schema. The page's policy forbids running text as code, and Zod tests whether it may, which the browser
 * would report as a violation.
 */
import { z } from 'zod';

z.config({ jitless: true });
