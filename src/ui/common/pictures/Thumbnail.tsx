import { useEffect, type ReactNode } from 'react';
import type { Part } from '../../../protocol/maps.js';
import { usePlayground, useStore } from '../../playground.js';
import { Pixels } from './Pixels.js';
import { ROVE, useRoving } from '../focus/roving.js';
import { dataInUse, shownThumbnail } from '../../../store/facts.js';

const PART_NAMES: Readonly<Record<Part, string>> = { train: 'training', validation: 'validation', test: 'test' };

/** Several pictures, one stop of Tab: the arrow keys lead from one to the next. */
export function Thumbnails({
  label,
  className = 'thumbnails',
  children,
}: {
  label: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <div className={className} role="group" aria-label={label} {...useRoving<HTMLDivElement>()}>
      {children}
    </div>
  );
}

/** A picture as a button that shows it on the merge map. {@link useThumbnails} loads its pixels. */
export function Thumbnail({ part, index }: { part: Part; index: number }) {
  const thumbnail = usePlayground((state) => shownThumbnail(state, part, index));
  const className = usePlayground((state) => (thumbnail ? dataInUse(state)?.classes[thumbnail.label]?.name : undefined));
  const current = usePlayground((state) => state.picture.part === part && state.picture.index === index);
  const setPicture = usePlayground((state) => state.setPicture);
  const label = `${PART_NAMES[part]} picture ${index + 1}${className === undefined ? '' : `, ${className}`}`;
  return (
    <button
      type="button"
      className="thumbnail"
      {...ROVE}
      aria-label={label}
      title={label}
      aria-pressed={current}
      onClick={() => void setPicture({ part, index })}
    >
      {thumbnail && <Pixels pixels={thumbnail.pixels} side={thumbnail.side} />}
    </button>
  );
}

/** Loads the thumbnails of pictures `from` to `from + count - 1` that the page does not have yet. */
export function useThumbnails(part: Part, from: number, count: number): void {
  const load = usePlayground((state) => state.loadThumbnails);
  const data = usePlayground(dataInUse);
  const complete = usePlayground((state) => {
    for (let index = from; index < from + count; index++) if (!shownThumbnail(state, part, index)) return false;
    return true;
  });
  useEffect(() => {
    if (data && !complete && count > 0) void load(part, from, count);
  }, [data, complete, part, from, count, load]);
}

/** Loads the thumbnails of these pictures that the page does not have yet, one request for each run of neighbours. */
export function useScatteredThumbnails(part: Part, indices: readonly number[]): void {
  const load = usePlayground((state) => state.loadThumbnails);
  const data = usePlayground(dataInUse);
  const store = useStore();
  useEffect(() => {
    if (!data) return;
    const state = store.getState();
    const wanted = indices.filter((index) => !shownThumbnail(state, part, index));
    for (let from = 0; from < wanted.length;) {
      let to = from + 1;
      while (to < wanted.length && wanted[to] === (wanted[from] ?? 0) + to - from) to++;
      void load(part, wanted[from] ?? 0, to - from);
      from = to;
    }
  }, [store, data, part, indices, load]);
}
