import { useLayoutEffect, useRef, type FocusEvent, type KeyboardEvent, type RefObject } from 'react';

/** Marks the items of a group that {@link useRoving} makes one stop of Tab. */
export const ROVE = { 'data-rove': '' } as const;

type Item = HTMLElement | SVGElement;

const itemsOf = (group: Element): Item[] => [...group.querySelectorAll<Item>('[data-rove]')];

interface Box {
  readonly x: number;
  readonly y: number;
}

const middleOf = (item: Element): Box => {
  const { x, y, width, height } = item.getBoundingClientRect();
  return { x: x + width / 2, y: y + height / 2 };
};

/** The index of the item that is closest to `boxes[from]` among those above (-1) or below (1) it; null where there is none. */
export function besideRow(boxes: readonly Box[], from: number, direction: 1 | -1): number | null {
  const here = boxes[from];
  if (!here) return null;
  let best: { readonly index: number; readonly far: number } | null = null;
  for (const [index, { x, y }] of boxes.entries()) {
    const down = (y - here.y) * direction;
    // Items of one row may differ by a fraction of a pixel.
    if (down < 1) continue;
    // A row counts more than a column: the next row's closest item comes before one that is straight below in a later row.
    const far = down * 4 + Math.abs(x - here.x);
    if (best === null || far < best.far) best = { index, far };
  }
  return best?.index ?? null;
}

/** The index that a key leads to from another among items at these places; null for a key that leads nowhere. */
function target(key: string, from: number, items: readonly Item[]): number | null {
  switch (key) {
    case 'ArrowRight':
      return Math.min(items.length - 1, from + 1);
    case 'ArrowLeft':
      return Math.max(0, from - 1);
    case 'Home':
      return 0;
    case 'End':
      return items.length - 1;
    case 'ArrowDown':
    case 'ArrowUp':
      return besideRow(items.map(middleOf), from, key === 'ArrowDown' ? 1 : -1);
    default:
      return null;
  }
}

interface Roving<T extends Element> {
  readonly ref: RefObject<T | null>;
  readonly onFocus: (event: FocusEvent<T>) => void;
  readonly onKeyDown: (event: KeyboardEvent<T>) => void;
}

/**
 * Makes a group's items ({@link ROVE}) one stop of Tab: the arrow keys, Home and End lead from item to item, and Tab comes back to the
 * last one. Keys that an item has handled itself are left alone. The component that calls it must render whenever its items change.
 */
export function useRoving<T extends Element>(): Roving<T> {
  const ref = useRef<T>(null);
  const last = useRef<Element | null>(null);
  const settle = (): void => {
    const items = ref.current ? itemsOf(ref.current) : [];
    const stop = items.find((item) => item === last.current) ?? items.find((item) => item.ariaPressed === 'true') ?? items[0];
    for (const item of items) item.setAttribute('tabindex', item === stop ? '0' : '-1');
  };
  useLayoutEffect(settle);
  return {
    ref,
    onFocus: ({ target: item }) => {
      last.current = item;
      settle();
    },
    onKeyDown: (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const items = itemsOf(event.currentTarget);
      const from = items.findIndex((item) => item === event.target);
      const to = from < 0 ? null : target(event.key, from, items);
      if (to === null) return;
      event.preventDefault();
      items[to]?.focus();
    },
  };
}
