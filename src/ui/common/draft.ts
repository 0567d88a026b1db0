import { useEffect, useState } from 'react';
import { usePlayground } from '../playground.js';

/** The meaning of a field's text: a value, or the reason why it is invalid. */
export type Read<T> = { readonly value: T } | { readonly reason: string };

export interface Draft {
  /** The text as typed; null while the field shows its value. */
  readonly text: string | null;
  /** Why the text is no valid value. */
  readonly reason: string | null;
  type(text: string): void;
  commit(): void;
  leave(): void;
}

/**
 * A field's text until its value is taken. Invalid text stays as typed with the reason, and no run can start while it does.
 *
 * @param field what the field is called.
 * @param shown the field's value as text; when it changes, what was typed is discarded.
 */
export function useDraft<T>(field: string, shown: string, read: (text: string) => Read<T>, take: (value: T) => void): Draft {
  const [typed, setTyped] = useState<{ readonly over: string; readonly text: string } | null>(null);
  const text = typed?.over === shown ? typed.text : null;
  const reason = usePlayground((state) => (text === null ? null : (state.drafts[field] ?? null)));
  const draft = usePlayground((state) => state.draft);
  useEffect(() => () => draft(field, null), [draft, field, shown]);
  const leave = (): void => {
    setTyped(null);
    draft(field, null);
  };
  return {
    text,
    reason,
    type: (next) => {
      setTyped({ over: shown, text: next });
      draft(field, null);
    },
    commit: () => {
      if (text === null) return;
      const result = read(text);
      if ('reason' in result) return draft(field, result.reason);
      leave();
      take(result.value);
    },
    leave,
  };
}
