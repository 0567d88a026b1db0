import { Toast } from 'radix-ui';
import { useLayoutEffect, type ComponentType } from 'react';
import { useKeptFocus } from './common/focus/kept-focus.js';
import { CompareColumn } from './compare/CompareColumn.js';
import { Header } from './Header.js';
import { ClassesScreen } from './intake/board/ClassesScreen.js';
import { DropTarget } from './intake/DropTarget.js';
import { usePlayground } from './playground.js';
import { PredictScreen } from './predict/PredictScreen.js';
import { BenchmarkScreen } from './screens/BenchmarkScreen.js';
import { HelpScreen } from './screens/HelpScreen.js';
import { NoMachineScreen } from './screens/NoMachineScreen.js';
import { VerifyScreen } from './screens/VerifyScreen.js';
import { RunStrip } from './setup/run/RunStrip.js';
import { useTitle } from './setup/run/use-progress.js';
import { SetupColumn } from './setup/SetupColumn.js';
import { COLUMN_NAMES, SkipLinks } from './SkipLinks.js';
import { curveRuns } from '../store/run-lookup.js';
import { followTheme } from './theme.js';
import { UndoToasts } from './compare/UndoToasts.js';
import { WatchColumn } from './watch/WatchColumn.js';
import { COLUMNS, type ColumnName } from '../store/state/preferences.js';
import { spoken } from '../vit/names/notation.js';

function useTheme(): void {
  const theme = usePlayground((state) => state.theme);
  // In a layout effect: an ordinary one would run after the first paint, and after the canvases have read their colours.
  useLayoutEffect(() => followTheme(theme), [theme]);
}

export function App() {
  useTheme();
  useKeptFocus();
  const screen = usePlayground((state) => state.screen);
  const connection = usePlayground((state) => state.connection);
  return (
    <Toast.Provider swipeDirection="right" duration={8000}>
      <div className="app">
        <SkipLinks />
        {/* Over the page wherever it stands; styles of what follows depend on it. */}
        <DropTarget />
        <Header />
        {screen === 'classes' && <ClassesScreen />}
        {screen === 'predict' && <PredictScreen />}
        {screen === 'verify' && <VerifyScreen />}
        {screen === 'benchmark' && <BenchmarkScreen />}
        {screen === 'help' && <HelpScreen />}
        {screen === 'playground' && (connection === 'unavailable' ? <NoMachineScreen /> : <Columns />)}
        <RunStrip />
        <Announcer />
        <TabTitle />
      </div>
      <UndoToasts />
      <Toast.Viewport className="toast-viewport" />
    </Toast.Provider>
  );
}

/** A component of its own: the title changes with every batch, and would render the whole page again. */
function TabTitle() {
  useTitle();
  return null;
}

const COLUMN_CONTENTS: Readonly<Record<ColumnName, ComponentType>> = {
  setup: SetupColumn,
  watch: WatchColumn,
  compare: CompareColumn,
};

function Columns() {
  const column = usePlayground((state) => state.column);
  const curves = usePlayground((state) => curveRuns(state).length > 0);
  return (
    <>
      <ColumnTabs />
      <main className="columns">
        {COLUMNS.map((name) => {
          const Contents = COLUMN_CONTENTS[name];
          return (
            <section
              key={name}
              id={`column-${name}`}
              className={`column column-${name}`}
              data-shown={column === name}
              data-curves={name === 'watch' ? curves : undefined}
              aria-label={COLUMN_NAMES[name]}
              tabIndex={-1}
            >
              <Contents />
            </section>
          );
        })}
      </main>
    </>
  );
}

function ColumnTabs() {
  const column = usePlayground((state) => state.column);
  const showColumn = usePlayground((state) => state.showColumn);
  return (
    <nav className="column-tabs" aria-label="Places">
      <div role="tablist" aria-label="Places">
        {COLUMNS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            className="column-tab"
            aria-selected={column === name}
            aria-controls={`column-${name}`}
            tabIndex={column === name ? 0 : -1}
            onClick={() => showColumn(name)}
            onKeyDown={(event) => {
              const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? COLUMNS.length - 1 : 0;
              const next = COLUMNS[(COLUMNS.indexOf(name) + step) % COLUMNS.length];
              if (step === 0 || !next) return;
              showColumn(next);
              document.getElementById(`tab-${next}`)?.focus();
            }}
          >
            {COLUMN_NAMES[name]}
          </button>
        ))}
      </div>
    </nav>
  );
}

/** Tells a screen reader what happened elsewhere on the page; used for few events. */
function Announcer() {
  const announcement = usePlayground((state) => state.announcement);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {spoken(announcement)}
    </div>
  );
}
