import type { Theme } from '../store/state/preferences.js';

const DARK = '(prefers-color-scheme: dark)';

/** Sets the page's colours for a theme and keeps following the system's where it says so; returns how to stop following. */
export function followTheme(theme: Theme): () => void {
  const media = window.matchMedia(DARK);
  const apply = (): void => {
    const dark = theme === 'dark' || (theme === 'system' && media.matches);
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  };
  apply();
  media.addEventListener('change', apply);
  return () => media.removeEventListener('change', apply);
}
