import { useEffect } from 'react';
import type { PlaygroundStore } from '../../../store/state.js';
import { useStore } from '../../playground.js';

/** What Tab can stop at. */
const STOPS = 'a[href], button, input, select, textarea, summary, [tabindex]';

type Stop = HTMLElement | SVGElement;

/** Where an element is, also after it is gone: its ancestors, the closest first, each with the index of the child that holds it. */
interface Place {
  readonly element: Stop;
  readonly within: readonly { readonly parent: Element; readonly index: number }[];
}

function placeOf(element: Stop): Place {
  const within: { parent: Element; index: number }[] = [];
  for (let child: Element = element; child.parentElement; child = child.parentElement) {
    within.push({ parent: child.parentElement, index: [...child.parentElement.children].indexOf(child) });
  }
  return { element, within };
}

/** Whether it is the list of messages, without any: what was pressed in the last one gives it the focus as it goes. */
const isEmptied = (element: Element): boolean => element.matches('.toast-viewport') && element.childElementCount === 0;

/** Whether an element can have the focus now. */
const able = (element: Stop): boolean =>
  !isEmptied(element) &&
  element.isConnected &&
  element.checkVisibility({ visibilityProperty: true }) &&
  !element.matches(':disabled');

const isPage = (element: Element): boolean => element.matches('.app');

/** The stop that took the place of one that is gone, in its closest ancestor with any: the next one, else the one before it. */
function stopAt({ within }: Place): Stop | null {
  for (const { parent, index } of within) {
    if (isPage(parent)) return null;
    if (!parent.isConnected || !parent.checkVisibility()) continue;
    const stops = [...parent.querySelectorAll<Stop>(STOPS)].filter((stop) => stop.tabIndex >= 0 && able(stop));
    const child = parent.children[index];
    const follows = (stop: Stop): boolean =>
      child !== undefined && (child.compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
    const stop = stops.find((each) => child === each || follows(each)) ?? stops.at(-1);
    if (stop) return stop;
  }
  return null;
}

/** What an element names as the next to have the focus, if that can have it ({@link thenTo}). */
function named({ dataset: { then } }: Stop): HTMLElement | null {
  const next = then === undefined ? null : document.getElementById(then);
  return next && able(next) ? next : null;
}

/** For a control that goes with its own press: the id of what has the focus next, where that is not what stands beside it. */
export const thenTo = (id: string): { readonly 'data-then': string } => ({ 'data-then': id });

/** Where the focus goes on a screen that has replaced another. */
class Landing {
  /** By screen: the id of the control that opened it. */
  readonly #openers = new Map<string, string>();
  readonly #store: PlaygroundStore;
  #last: string;

  constructor(store: PlaygroundStore) {
    this.#store = store;
    this.#last = store.getState().screen;
  }

  /** @param gone what had the focus on the screen before. */
  place(gone: Stop): Stop | null {
    const { screen, column } = this.#store.getState();
    const before = this.#last;
    this.#last = screen;
    if (screen !== 'playground') {
      if (gone.id !== '') this.#openers.set(screen, gone.id);
      return document.querySelector('main');
    }
    // Whoever only goes back is where they were; anything else leads to the column in front.
    const opener = gone.closest('.back') ? document.getElementById(this.#openers.get(before) ?? '') : null;
    return opener && able(opener) ? opener : document.getElementById(`column-${column}`);
  }
}

/** Follows the focus, and finds it a new place where what had it is removed, hidden or disabled. */
class FocusKeeper {
  #place: Place | null = null;
  /** The last place on the page itself: messages and menus are outside of it. */
  #onPage: Place | null = null;
  #byPointer = false;
  #enterHeld = false;
  #waiting = false;
  readonly #landing: Landing;

  constructor(store: PlaygroundStore) {
    this.#landing = new Landing(store);
  }

  watch(signal: AbortSignal): void {
    const on = <K extends keyof DocumentEventMap>(kind: K, take: (event: DocumentEventMap[K]) => void): void =>
      document.addEventListener(kind, take, { signal, capture: true });
    on('focusin', ({ target }) => (target instanceof HTMLElement || target instanceof SVGElement) && this.#came(target));
    on('focusout', () => setTimeout(() => this.#left()));
    on('pointerdown', () => (this.#byPointer = true));
    // A screen reader clicks without a pointer.
    on('click', ({ detail }) => detail === 0 && (this.#byPointer = false));
    on('keydown', ({ key }) => {
      this.#byPointer = false;
      if (key === 'Enter') this.#enterHeld = true;
    });
    on('keyup', ({ key }) => {
      if (key !== 'Enter') return;
      this.#enterHeld = false;
      if (this.#waiting) this.#settle();
    });
    const changes = new MutationObserver(() => {
      if (this.#place && !this.#byPointer && this.#lost()) requestAnimationFrame(() => setTimeout(() => this.#settle()));
    });
    const attributeFilter = ['disabled', 'hidden', 'data-shown', 'open'];
    changes.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter });
    signal.addEventListener('abort', () => changes.disconnect());
  }

  #came(element: Stop): void {
    this.#place = placeOf(element);
    if (this.#place.within.some(({ parent }) => isPage(parent))) this.#onPage = this.#place;
    this.#waiting = false;
  }

  /** A person may leave an element for nothing: then nothing is lost when it goes later. */
  #left(): void {
    if (this.#place && document.activeElement === document.body && able(this.#place.element)) this.#place = null;
  }

  #lost(): boolean {
    const { activeElement } = document;
    return activeElement === document.body || (activeElement === this.#place?.element && !able(this.#place.element));
  }

  #settle(): void {
    const place = this.#place;
    if (!place || !this.#lost() || able(place.element)) return;
    // A key that is held would press the next control too.
    this.#waiting = this.#enterHeld;
    if (this.#waiting) return;
    const from = place.within.some(({ parent }) => isPage(parent)) ? place : (this.#onPage ?? place);
    const to = able(from.element) ? from.element : (named(from.element) ?? stopAt(from) ?? this.#landing.place(from.element));
    to?.focus();
  }
}

/**
 * Keeps the place of someone who uses the keyboard or a screen reader: what had the focus may remove, hide or replace itself, and the
 * browser would give the focus to the document. With a pointer nothing is moved, since a text field would open a phone's keyboard.
 */
export function useKeptFocus(): void {
  const store = useStore();
  useEffect(() => {
    const away = new AbortController();
    new FocusKeeper(store).watch(away.signal);
    return () => away.abort();
  }, [store]);
}
