import { useMemo } from 'react';
import type { Part } from '../../../protocol/maps.js';
import { Thumbnail, Thumbnails, useScatteredThumbnails } from '../../common/pictures/Thumbnail.js';
import { usePlayground } from '../../playground.js';
import { dataInUse } from '../../../store/facts.js';

/** Pictures from the whole part, at equal distances: a data set is often sorted by class, and its first pictures are all of one. */
export function ThumbnailGrid({ part, count }: { part: Part; count: number }) {
  const total = usePlayground((state) => dataInUse(state)?.pictures[part] ?? 0);
  const shown = useMemo(() => {
    const most = Math.min(total, count);
    return Array.from({ length: most }, (_, at) => Math.floor((at * total) / most));
  }, [total, count]);
  useScatteredThumbnails(part, shown);
  return (
    <Thumbnails label="Pictures of the data set">
      {shown.map((index) => (
        <Thumbnail key={index} part={part} index={index} />
      ))}
    </Thumbnails>
  );
}
