import type { ErrorRecord } from '../vit/errors.js';

/** A call's answer crosses the boundary as data: a thrown error's class would not. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorRecord };
