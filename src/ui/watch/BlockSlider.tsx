import { Slider } from 'radix-ui';
import { useEffect } from 'react';
import { shownMap } from '../../store/facts.js';
import { Button } from '../common/controls.js';
import { Icon } from '../common/Icon.js';
import { usePlayground, useStore } from '../playground.js';
import { tokensAt } from '../../results/maps/regions.js';

/** Any of these stops the automatic playback. */
const INTERACTIONS = ['pointerdown', 'keydown', 'wheel'] as const;

/**
 * On the first visit plays once through all blocks and returns to the block where the map began, unless reduced motion is asked for.
 * The first interaction stops it.
 */
function useIntroduction(): void {
  const store = useStore();
  const depth = usePlayground((state) => shownMap(state, 'first')?.value.blocks.length ?? 0);
  const introduced = usePlayground((state) => state.introduced);
  const introduce = usePlayground((state) => state.introduce);
  const play = usePlayground((state) => state.play);
  useEffect(() => {
    if (depth === 0 || introduced) return;
    introduce();
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    play(0, depth, Math.ceil(depth / 3));
    const stop = (event: Event): void => {
      for (const kind of INTERACTIONS) document.removeEventListener(kind, stop, true);
      // The slider's own controls stop or move it themselves.
      if (event.target instanceof Element && event.target.closest('.block-slider')) return;
      const { block, playing, setBlock } = store.getState();
      if (playing) setBlock(block);
    };
    for (const kind of INTERACTIONS) document.addEventListener(kind, stop, { capture: true, passive: true });
  }, [depth, introduced, introduce, play, store]);
}

/** The slider over the blocks; above it, a bar at each position shows how many tokens are left there. */
export function BlockSlider() {
  const map = usePlayground((state) => shownMap(state, 'first')?.value);
  const block = usePlayground((state) => state.block);
  const setBlock = usePlayground((state) => state.setBlock);
  useIntroduction();
  const depth = map?.blocks.length ?? 12;
  const position = Math.min(block, depth);
  const playing = usePlayground((state) => state.playing);
  const play = usePlayground((state) => state.play);
  const tokens = map ? Array.from({ length: depth + 1 }, (_, index) => tokensAt(map, index)) : [];
  return (
    <div className="block-slider">
      <TokenBars tokens={tokens} position={position} onChoose={setBlock} />
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
        <span className="line">
          <Button
            look="icon"
            disabled={!map}
            aria-label={playing ? 'Stop' : 'Play the blocks'}
            title={playing ? 'Stop' : 'Play from the picture to the last block'}
            onClick={() => (playing ? setBlock(position) : play(position === depth ? 0 : position, depth))}
          >
            <Icon name={playing ? 'pause' : 'play'} />
          </Button>
          Picture
        </span>
        <span>{position === 0 ? 'Before merging' : `After block ${position} of ${depth}`}</span>
        <span>Block {depth}</span>
      </div>
    </div>
  );
}

function TokenBars({
  tokens,
  position,
  onChoose,
}: {
  tokens: readonly number[];
  position: number;
  onChoose: (block: number) => void;
}) {
  const most = tokens[0] ?? 1;
  return (
    <div className="token-bars" aria-hidden>
      {tokens.map((count, index) => (
        <button
          key={index}
          type="button"
          tabIndex={-1}
          className="token-bar"
          data-current={index === position}
          onClick={() => onChoose(index)}
        >
          <span className="token-count">{count}</span>
          <span className="token-fill" style={{ height: `${Math.max(2, (count / most) * 32)}px` }} />
        </button>
      ))}
    </div>
  );
}
