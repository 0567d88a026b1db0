import type { Method } from '../../vit/methods/index.js';

/** The colours of the theme that is shown, by the names of their custom properties: emptied when the theme changes. */
const read = new Map<string, string>();
let shown: string | undefined;

/**
 * A colour of the page's theme, for a canvas. Read from the document once for each theme: asking for a computed style makes the
 * browser bring the styles of the whole page up to date, which a drawing of every step of training cannot pay for.
 *
 * @param name of a custom property, as `--accent`.
 */
export function themeColour(name: string): string {
  const root = document.documentElement;
  const theme = root.dataset['theme'];
  if (theme !== shown) read.clear();
  shown = theme;
  const colour = read.get(name) ?? getComputedStyle(root).getPropertyValue(name).trim();
  read.set(name, colour);
  return colour;
}

/** A method's colour in the page's theme, for styles and SVG; on a canvas {@link themeColour} of its property. */
export const methodColour = (method: Method): string => `var(${methodProperty(method)})`;

/** The custom property of a method's colour. */
export const methodProperty = (method: Method): string => `--method-${method}`;
