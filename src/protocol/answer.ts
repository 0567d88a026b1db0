import type { ErrorRecord } from '../vit/errors.js';

/** What a call resolves to. An error is data here, since a thrown one loses its class at the worker's boundary. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorRecord };
