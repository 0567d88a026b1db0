import { Slider } from 'radix-ui';
import { shownMap } from '../../store/maps.js';
import { usePlayground } from '../playground.js';
import { tokensAt } from './regions.js';

/** The scrubber over the blocks, under a bar for the tokens that are left at each of its positions. */
export function BlockSlider() {
  const map = usePlayground((state) => shownMap(state, 'first'));
  const block = usePlayground((state) => state.block);
  const setBlock = usePlayground((state) => state.setBlock);
  const depth = map?.blocks.length ?? 12;
  const position = Math.min(block, depth);
  const tokens = map ? Array.from({ length: depth + 1 }, (_, index) => tokensAt(map, index)) : [];
  const most = tokens[0] ?? 1;
  return (
    <div className="block-slider">
      <div className="token-bars" aria-hidden>
        {tokens.map((count, index) => (
          <button
            key={index}
            type="button"
            tabIndex={-1}
            className="token-bar"
            data-current={index === position}
            onClick={() => setBlock(index)}
          >
            <span className="token-count">{count}</span>
            <span className="token-fill" style={{ height: `${Math.max(2, (count / most) * 32)}px` }} />
          </button>
        ))}
      </div>
      <Slider.Root
        className="slider"
        min={0}
        max={depth}
        step={1}
        value={[position]}
        disabled={!map}
        onValueChange={([value]) => setBlock(value ?? 0)}
      >
        <Slider.Track className="slider-track">
          <Slider.Range className="slider-range" />
        </Slider.Track>
        <Slider.Thumb
          className="slider-thumb"
          aria-label="Block"
          aria-valuetext={`${position === 0 ? 'before merging' : `after block ${position}`}${map ? `, ${tokens[position] ?? 0} tokens` : ''}`}
        />
      </Slider.Root>
      <div className="spread small faint">
        <span>Picture</span>
        <span>{position === 0 ? 'Before merging' : `After block ${position} of ${depth}`}</span>
        <span>Block {depth}</span>
      </div>
    </div>
  );
}
