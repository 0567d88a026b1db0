import { useState } from 'react';
import { Button } from './controls.js';

export function CopyText({ text }: { text: string }) {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      setState('refused');
    }
  };
  return (
    <>
      <Button onClick={() => void copy()}>{state === 'copied' ? 'Copied' : 'Copy as text'}</Button>
      {state === 'refused' && (
        <textarea
          className="input copy-text"
          data-wide=""
          readOnly
          rows={8}
          aria-label="The same as text, to copy by hand"
          value={text}
        />
      )}
    </>
  );
}
