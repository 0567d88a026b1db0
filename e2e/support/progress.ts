/** Waits for a page that computes, as long as it makes progress, however slow the machine is. */
import { expect as assert, type Locator, type Page } from '@playwright/test';

/** A page that shows nothing new for this many milliseconds makes no progress: no kernel takes this long to compile, and no step to compute. */
const STILL = 120_000;
/** The most milliseconds for each attempt. */
export const LOOK = 500;

/** A page of Playwright or Puppeteer. */
interface Watched {
  evaluate(look: () => string): Promise<string>;
  isClosed(): boolean;
}

/** What the page shows, as one text, which changes whenever a person would see something happen. */
function shownBy(page: Watched): Promise<string> {
  return page.evaluate(() => {
    const states = [...document.querySelectorAll('[aria-valuenow], [aria-valuetext], [aria-busy], progress')].map((element) =>
      ['aria-valuenow', 'aria-valuetext', 'aria-busy', 'value'].map((name) => element.getAttribute(name)).join(),
    );
    return [
      location.href,
      document.querySelectorAll('*').length,
      document.querySelectorAll(':disabled').length,
      ...states,
      document.body.innerText,
    ].join('\n');
  });
}

/** Repeats the attempt until it succeeds. When the page makes no more progress, fails with the last failure and with what the page shows. */
export async function whileItGoesOn(page: Watched, attempt: () => Promise<void>): Promise<void> {
  let shown = '';
  let since = performance.now();
  for (;;) {
    try {
      await attempt();
      return;
    } catch (failure) {
      if (page.isClosed()) throw failure;
      const now = await shownBy(page).catch(() => 'between two pages');
      if (now !== shown) {
        shown = now;
        since = performance.now();
      } else if (performance.now() - since > STILL) {
        const why = failure instanceof Error ? failure.message : String(failure);
        throw new Error(`${why}\nThe page stood still for ${STILL / 1000} s, and showed:\n${now}`, { cause: failure });
      }
    }
  }
}

const isLocator = (value: unknown): value is Locator =>
  typeof value === 'object' && value !== null && 'page' in value && 'ariaSnapshot' in value;
const isPage = (value: unknown): value is Page =>
  typeof value === 'object' && value !== null && 'goto' in value && 'locator' in value;

/** The assertions of `matchers`, each repeated until it holds. */
function patient<T extends object>(matchers: T, page: Page): T {
  return new Proxy(matchers, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name);
      if (name === 'not' && typeof value === 'object' && value !== null) return patient(value, page);
      if (typeof value !== 'function') return value;
      return (...given: readonly unknown[]) =>
        whileItGoesOn(page, async () => {
          await Reflect.apply(value, target, given);
        });
    },
  });
}

const brief = assert.configure({ timeout: LOOK });

/** Playwright's `expect`, but assertions about a page or an element wait as long as the page makes progress. */
export const expect: typeof assert = new Proxy(assert, {
  apply(target, self, given: [unknown, string | undefined]): unknown {
    const [actual, message] = given;
    if (isLocator(actual)) return patient(brief(actual, message), actual.page());
    if (isPage(actual)) return patient(brief(actual, message), actual);
    return Reflect.apply(target, self, given);
  },
});
