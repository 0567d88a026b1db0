import { METHOD_COLOURS } from '../results/method-colours.js';
import { METHODS } from '../vit/methods/index.js';
import type { Theme } from '../store/state/preferences.js';
import { methodProperty } from './styles/colours.js';

const DARK = '(prefers-color-scheme: dark)';

/** Applies a theme; `system` follows the system's setting as it changes. Returns a function that stops following. */
export function followTheme(theme: Theme): () => void {
  const media = window.matchMedia(DARK);
  const apply = (): void => {
    const dark = theme === 'dark' || (theme === 'system' && media.matches);
    const { dataset, style } = document.documentElement;
    dataset['theme'] = dark ? 'dark' : 'light';
    for (const method of METHODS) style.setProperty(methodProperty(method), METHOD_COLOURS[method][dark ? 'dark' : 'light']);
  };
  apply();
  media.addEventListener('change', apply);
  return () => media.removeEventListener('change', apply);
}
