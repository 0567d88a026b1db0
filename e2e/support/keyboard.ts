import type { Page } from '@playwright/test';
import { expect } from './progress.js';

/** More presses of Tab than the page has stops. */
const MOST = 250;

/** What has the focus, as a person sees it. */
interface Stop {
  /** Its name; null where nothing has the focus. */
  readonly name: string | null;
  /** Why it cannot be seen that it has the focus; empty where it can. */
  readonly unseen: string;
}

/** Evaluated in the page, as text: a compiled function would bring helpers that the page does not have. */
const LOOK = `(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return { name: null, unseen: '' };
  const label = element.labels?.[0]?.textContent;
  const name = (element.getAttribute('aria-label') ?? label ?? element.textContent ?? '').replace(/\\s+/g, ' ').trim();
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const mark = element.querySelector('.dot');
  const marked =
    (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) ||
    element.hasAttribute('data-highlighted') ||
    (mark !== null && parseFloat(getComputedStyle(mark).strokeWidth) >= 4);
  if (!marked) return { name, unseen: 'has no outline' };
  const shown = [0.5, 0.1, 0.9].some((across) => [0.5, 0.1, 0.9].some((down) => {
    const top = document.elementFromPoint(box.x + across * box.width, box.y + down * box.height);
    return top !== null && (element.contains(top) || (top.contains(element) && top.closest('.run-panel, .live-panel') === element.closest('.run-panel, .live-panel')));
  }));
  return { name, unseen: shown ? '' : 'is outside of the window or covered' };
})()`;

/** A person with a keyboard alone. Each press of Tab checks that the focus is not lost and can be seen. */
export class Keyboard {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key);
  }

  type(text: string): Promise<void> {
    return this.#page.keyboard.type(text);
  }

  here(): Promise<Stop> {
    return this.#page.evaluate<Stop>(LOOK);
  }

  /** Waits until something of this name has the focus, after an action that moves it. */
  async comesTo(name: RegExp): Promise<void> {
    await expect.poll(async () => (await this.here()).name ?? 'nothing').toMatch(name);
  }

  /** Presses an arrow key in a group whose focus moves in a later task, and waits until it has: a person is never faster. */
  async arrowTo(key: 'ArrowLeft' | 'ArrowRight', name: RegExp): Promise<void> {
    await this.press(key);
    await this.comesTo(name);
  }

  /** Presses Tab, or the keys given, until something of this name has the focus; fails where a stop on the way cannot be seen. */
  async tabTo(name: RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    const passed: string[] = [];
    for (let presses = 0; presses < MOST; presses++) {
      await this.press(key);
      const stop = await this.here();
      // After the last stop the browser's own controls have the focus.
      if (stop.name === null) continue;
      expect(stop.unseen, `the focus at “${stop.name}”`).toBe('');
      if (name.test(stop.name)) return;
      passed.push(stop.name.slice(0, 40));
    }
    throw new Error(`${key} never came to ${name.source}, but to: ${passed.join(', ')}`);
  }

  /** Goes past the header to a column. */
  async skipTo(column: 'Set up' | 'Watch' | 'Compare'): Promise<void> {
    await this.tabTo(new RegExp(`^Skip to ${column}$`));
    await this.press('Enter');
    await expect(this.#page.getByRole('region', { name: column, exact: true })).toBeFocused();
  }
}
