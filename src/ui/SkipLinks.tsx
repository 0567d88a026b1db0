import { flushSync } from 'react-dom';
import { COLUMNS, type ColumnName } from '../store/state/preferences.js';
import { usePlayground } from './playground.js';

export const COLUMN_NAMES: Readonly<Record<ColumnName, string>> = { setup: 'Set up', watch: 'Watch', compare: 'Compare' };

/** Out of sight until Tab comes to them, first of all: they lead past the header and past whole columns. */
export function SkipLinks() {
  const columns = usePlayground((state) => state.screen === 'playground' && state.connection !== 'unavailable');
  const showColumn = usePlayground((state) => state.showColumn);
  const skipTo = (name: ColumnName): void => {
    // A narrow window shows one column: rendered at once, so that it can have the focus.
    flushSync(() => showColumn(name));
    document.getElementById(`column-${name}`)?.focus();
  };
  return (
    <nav aria-label="Skip to">
      {columns ? (
        COLUMNS.map((name) => (
          <button key={name} type="button" className="skip" onClick={() => skipTo(name)}>
            Skip to {COLUMN_NAMES[name]}
          </button>
        ))
      ) : (
        <button type="button" className="skip" onClick={() => document.querySelector('main')?.focus()}>
          Skip to the content
        </button>
      )}
    </nav>
  );
}
