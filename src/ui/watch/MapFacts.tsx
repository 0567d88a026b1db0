import type { MergeMap } from '../../protocol/maps.js';
import { counted, macs, percent } from '../format.js';
import { drops, modulates, reduces, UNREDUCED } from '../../vit/methods/index.js';
import { configurationCost } from '../../vit/cost.js';
import { usePlayground } from '../playground.js';
import { pathOf, tokensAt } from '../../results/maps/regions.js';
import type { Pane } from '../../store/state/maps.js';
import { dataInUse, modelInUse, shownMap } from '../../store/facts.js';

/** Beside the maps: how many tokens are left after this block, and what that saves. */
export function MapFacts() {
  const first = usePlayground((state) => shownMap(state, 'first')?.value);
  const second = usePlayground((state) => shownMap(state, 'second')?.value);
  return (
    <>
      {first && <Counts map={first} pane="first" />}
      {second && <Counts map={second} pane="second" />}
    </>
  );
}

function Counts({ map, pane }: { map: MergeMap; pane: Pane }) {
  const block = usePlayground((state) => state.block);
  const { configuration } = map;
  // Only the backbone that is set up has a known architecture; a run may be of another one.
  const architecture = usePlayground((state) => {
    const model = modelInUse(state);
    return model?.fingerprint === map.backbone ? model.architecture : undefined;
  });
  const classes = usePlayground((state) => map.classes.length || (dataInUse(state)?.classes.length ?? 0));
  const two = usePlayground((state) => state.sources.second !== null);
  const position = Math.min(block, map.blocks.length);
  const tokens = Array.from({ length: map.blocks.length + 1 }, (_, index) => tokensAt(map, index));
  // The tokens of a forward that merges up to the slider's block and no further.
  const merging = tokens.map((count, index) => (index <= position ? count : (tokens[position] ?? count)));
  const patches = tokens[0] ?? 0;
  const full = Array<number>(tokens.length).fill(patches);
  const cost = architecture && configurationCost(configuration, architecture, merging, classes).macs;
  const uncompressed =
    architecture && configurationCost({ ...configuration, method: UNREDUCED }, architecture, full, classes).macs;
  return (
    <div className="counts" aria-live="off">
      {two && <p className="small faint">{pane === 'first' ? 'First map' : 'Second map'}</p>}
      <p>
        <span className="big-number" data-testid={`tokens-${pane}`}>
          {tokens[position]}
        </span>{' '}
        <span className="soft">of {patches} tokens left, the class token among them</span>
      </p>
      {cost !== undefined && uncompressed !== undefined && (
        <p>
          <span className="soft">
            {position === 0 ? 'Cost without merging' : 'Cost if merging stopped here'}, at {map.imageSize} px:
          </span>{' '}
          <span className="number">{macs(cost)}</span>
          {cost < uncompressed && (
            <span className="soft">
              , <span className="number">{percent(1 - cost / uncompressed, 0)}</span> less
            </span>
          )}
        </p>
      )}
    </div>
  );
}

/** Explains what the map shows at a position of the slider. */
function stateWords(map: MergeMap, position: number): string {
  const { protectedTokens, configuration, blocks, imageSize } = map;
  if (position === 0)
    return `Each square is a patch of the picture (${imageSize} × ${imageSize} pixels) and begins as one token.`;
  if (position < blocks.length) {
    if (!reduces(configuration.method)) return 'No tokens merge: each square stays one token through all blocks.';
    const rest = drops(configuration.method) ? ' Grey patches were dropped.' : '';
    return `Each outlined region is one token, in the mean colour of its patches.${rest} Point at one to follow it.`;
  }
  const others = tokensAt(map, position) - protectedTokens;
  const first = protectedTokens === 1 ? 'the class token' : `the class token, ${protectedTokens - 1} more that never merge,`;
  return `Left: ${first} and ${others} of the picture. The class token attends to the others in every block, and only it is read at the end: it decides by what is left.`;
}

/** Ascending numbers in words, with consecutive ones as a span: `1–3, 5`. */
function spans(numbers: readonly number[]): string {
  return numbers
    .filter((number, index) => number - 1 !== numbers[index - 1])
    .map((first) => {
      let last = first;
      while (numbers.includes(last + 1)) last++;
      return first === last ? String(first) : `${first}–${last}`;
    })
    .join(', ');
}

/** What becomes of a patch's token, as a sentence. @param path as {@link pathOf} returns it. */
function fateOf(path: readonly number[]): string {
  const grows = path.flatMap((now, index) => (index > 0 && now > (path[index - 1] ?? now) ? [index] : []));
  const gone = path.indexOf(0);
  const growth = grows.length === 0 ? '' : `Grows in ${grows.length === 1 ? 'block' : 'blocks'} ${spans(grows)}.`;
  if (gone > 0) return `${growth} Dropped in block ${gone}.`.trim();
  return growth === '' ? 'Never merges.' : growth;
}

/** Explains the colours that are drawn over the picture. */
const OVERLAY_WORDS = {
  pairs: 'Coloured tokens merge away in this block: PYRA strengthens the orange ones and weakens the blue ones.',
  strength: 'Coloured tokens merge away in this block: the more orange, the more PYRA changes them.',
} as const;

/** The token under the pointer: its patches and its path through the blocks. Without a pointer, what the map shows. */
export function PointedToken() {
  const map = usePlayground((state) => shownMap(state, 'first')?.value);
  const pointed = usePlayground((state) => state.pointed);
  const block = usePlayground((state) => state.block);
  const overlay = usePlayground((state) => state.overlay);
  if (!map || pointed === null || pointed >= map.gridSide * map.gridSide) {
    const coloured = overlay !== 'none' && map && modulates(map.configuration.method);
    const words = map && stateWords(map, Math.min(block, map.blocks.length));
    return <p className="small soft pointed">{coloured ? OVERLAY_WORDS[overlay] : words}</p>;
  }
  const position = Math.min(block, map.blocks.length);
  const path = pathOf(map, pointed);
  const size = path[position] ?? 1;
  return (
    <div className="small pointed" data-testid="pointed-token">
      <div>
        <p>
          <span className="strong">{size === 0 ? 'gone' : counted(size, 'patch', 'patches')}</span>{' '}
          <span className="soft">
            · row {Math.floor(pointed / map.gridSide) + 1}, column {(pointed % map.gridSide) + 1}
          </span>
        </p>
        <p className="soft">{fateOf(path)}</p>
      </div>
      <PathChart path={path} position={position} />
    </div>
  );
}

/** How many patches a token stands for, with a bar for each block. */
function PathChart({ path, position }: { path: readonly number[]; position: number }) {
  const most = Math.max(...path);
  const width = 120 / path.length;
  return (
    <svg
      className="path-chart"
      viewBox="0 0 120 48"
      aria-label={`Patches in its token, block by block: ${path.join(', ')}`}
      role="img"
    >
      {path.map((value, index) => {
        const height = Math.max(2, (value / most) * 40);
        return (
          <rect
            key={index}
            x={index * width + 0.5}
            y={48 - height}
            width={width - 1}
            height={height}
            fill={index === position ? 'var(--accent)' : 'var(--rule-strong)'}
            opacity={index <= position ? 1 : 0.45}
          />
        );
      })}
    </svg>
  );
}
