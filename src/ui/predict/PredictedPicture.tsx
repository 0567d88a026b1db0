import type { PredictedRow } from '../../protocol/predictions.js';
import { shownPredicted } from '../../store/facts.js';
import { Pixels } from '../common/pictures/Pixels.js';
import { usePlayground } from '../playground.js';

/** A predicted picture's thumbnail, a button that shows the picture on the map. */
export function PredictedPicture({ row: { index, picture } }: { row: PredictedRow }) {
  const look = usePlayground((state) => state.lookAtPredicted);
  const thumbnail = usePlayground((state) => shownPredicted(state)?.thumbnails[index]);
  return (
    <button
      type="button"
      className="thumbnail"
      aria-label={`Show ${picture} on the map`}
      title="Shows on the map how this picture’s tokens merge"
      onClick={() => void look(index)}
    >
      {thumbnail?.pixels && <Pixels pixels={thumbnail.pixels} side={thumbnail.side} />}
    </button>
  );
}
