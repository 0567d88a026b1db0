import { useState } from 'react';
import { Button } from './common/controls.js';
import { Problem } from './common/Problem.js';
import { Icon } from './common/Icon.js';
import * as format from './format.js';
import { MachineMenu } from './MachineMenu.js';
import { usePlayground } from './playground.js';
import type { Theme } from '../store/state/preferences.js';

const NEXT_THEME: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };

export function Header() {
  const screen = usePlayground((state) => state.screen);
  const show = usePlayground((state) => state.show);
  const theme = usePlayground((state) => state.theme);
  const setTheme = usePlayground((state) => state.setTheme);
  return (
    <header className="page-head">
      <div className="header">
        <button type="button" className="brand" onClick={() => show('playground')}>
          <Mark />
          <h1>PYRA Playground</h1>
        </button>
        <MachineMenu />
        <Memory />
        <nav className="header-actions" aria-label="Page">
          {(['verify', 'benchmark', 'help'] as const).map((name) => (
            <button
              key={name}
              type="button"
              className="button nav-button"
              data-look="quiet"
              aria-current={screen === name ? 'page' : undefined}
              onClick={() => show(screen === name ? 'playground' : name)}
            >
              {name[0]?.toUpperCase()}
              {name.slice(1)}
            </button>
          ))}
          <Share />
          <Button
            look="icon"
            aria-label={`Theme: ${theme}. Change to ${NEXT_THEME[theme]}`}
            title={`Theme: ${theme}`}
            onClick={() => setTheme(NEXT_THEME[theme])}
          >
            <Icon name={theme} />
          </Button>
        </nav>
      </div>
      <p className="tagline small soft">
        Merge similar tokens so that a vision transformer runs faster; train a few weights so that it stays accurate.
      </p>
      <HeaderProblems />
    </header>
  );
}

/** The logo: four patches, two of them merged. */
function Mark() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden>
      <path d="M1 1h9v9H1z" fill="#0072b2" />
      <path d="M10 1h9v18h-9z" fill="#e69f00" />
      <path d="M1 10h9v9H1z" fill="#009e73" />
    </svg>
  );
}

function Memory() {
  const now = usePlayground((state) => state.gpuBytes);
  const peak = usePlayground((state) => state.peakGpuBytes);
  if (peak === 0) return null;
  // WebGPU does not say how much memory there is: the bar ends at the next power of two above the peak so far.
  const full = 2 ** Math.ceil(Math.log2(peak * 1.1));
  return (
    <span
      className="memory"
      title={`Memory in use by networks and training; the bar ends at ${format.bytes(full)}. Peak so far: ${format.bytes(peak)}`}
    >
      <span className="memory-name">Memory</span>
      <span
        className="memory-bar"
        role="meter"
        aria-label="Memory held"
        aria-valuemin={0}
        aria-valuemax={full}
        aria-valuenow={now}
        aria-valuetext={format.bytes(now)}
      >
        <span style={{ width: `${(now / full) * 100}%` }} />
      </span>
      <span className="number">{format.bytes(now)}</span>
    </span>
  );
}

function Share() {
  const [copied, setCopied] = useState(false);
  const announce = usePlayground((state) => state.announce);
  const report = usePlayground((state) => state.report);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(location.href);
      setCopied(true);
      announce('Link copied. It holds the whole configuration, not the data.');
      setTimeout(() => setCopied(false), 2000);
    } catch {
      report('link', {
        code: 'usage',
        message:
          'The browser did not allow copying. Copy the address from the address bar instead: it holds the whole configuration.',
      });
    }
  };
  return (
    <Button
      look="quiet"
      icon="share"
      className="button share"
      title="Copy a link that holds the whole configuration, not the data"
      onClick={() => void copy()}
    >
      {copied ? 'Copied' : 'Share'}
    </Button>
  );
}

function HeaderProblems() {
  const connection = usePlayground((state) => state.connection);
  return (
    <div className="page-problems">
      {connection === 'ready' && (
        <Problem place="connection" action={<Button onClick={() => location.reload()}>Reload the page</Button>} />
      )}
      <Problem place="link" />
      <Problem place="intake" />
    </div>
  );
}
