import { useId, useState } from 'react';
import type { RunRecord } from '../../protocol/runs/run.js';
import { usePlayground } from '../playground.js';

/** A person's notes about a run; they are kept in its run.json and shown in the table of runs. */
export function RunNotes({ run }: { run: RunRecord }) {
  const note = usePlayground((state) => state.note);
  const [text, setText] = useState(run.notes ?? '');
  const id = useId();
  const take = (): void => {
    if (text !== (run.notes ?? '')) void note(run.id, text);
  };
  return (
    <div className="run-notes-field">
      <label className="small soft" htmlFor={id}>
        Notes
      </label>
      <textarea
        id={id}
        className="input copy-text"
        data-wide=""
        rows={2}
        maxLength={2000}
        placeholder="What you want to remember of this run"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={take}
      />
    </div>
  );
}
