import type { Part } from '../../../protocol/maps.js';
import { Thumbnail, useThumbnails } from '../../common/Thumbnail.js';
import { usePlayground } from '../../playground.js';
import { dataInUse } from '../../../store/facts.js';

export function ThumbnailGrid({ part, count }: { part: Part; count: number }) {
  const total = usePlayground((state) => dataInUse(state)?.pictures[part] ?? 0);
  const shown = Math.min(total, count);
  useThumbnails(part, 0, shown);
  return (
    <div className="thumbnails" role="group" aria-label="Pictures of the data set">
      {Array.from({ length: shown }, (_, index) => (
        <Thumbnail key={index} part={part} index={index} />
      ))}
    </div>
  );
}
