import type { Theme } from '../store/state/preferences.js';

const DARK = '(prefers-color-scheme: dark)';

/** Applies a theme; `system` follows the system's setting as it changes. Returns a function that stops following. */
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
