import type { ReactNode } from 'react';
import type { MergeMap } from '../../../protocol/maps.js';
import { dot, norm, type MergedPair } from '../../../results/maps/pair.js';
import { tokensAt } from '../../../results/maps/regions.js';
import { Bipartite } from './Bipartite.js';
import { patchesOf, written } from './numbers.js';
import { Modulation } from './Modulation.js';
import { Formula, Meaning, Part, Term, Values } from './Term.js';
import type { StepProps } from './step-props.js';
import type { TermName } from './terms.js';
import { TokenPicture } from './TokenPicture.js';
import { StripRow } from './StripRow.js';
import { reachOf } from './ValueStrip.js';

function Patches({ map, pair }: StepProps) {
  const { src, dst, block } = pair;
  const reach = reachOf(src.values, dst.values);
  const side = Math.floor(map.imageSize / map.gridSide);
  return (
    <>
      <div className="token-pictures">
        <TokenCaption map={map} patches={src.patches} name="src" look="src" words={patchesOf(src.size)} />
        <TokenCaption map={map} patches={dst.patches} name="dst" look="dst" words={patchesOf(dst.size)} />
      </div>
      <StripRow name="src" values={src.values} reach={reach} words="src" />
      <StripRow name="dst" values={dst.values} reach={reach} words="dst" />
      <Formula>
        token = <Term name="embed" /> patch + <Term name="place" />
      </Formula>
      <Values>
        <Term name="lengthSrc" value={written(norm(src.values))} />
        <Term name="lengthDst" value={written(norm(dst.values))} />
      </Values>
      <Meaning>
        <p>
          Each patch of {side} × {side} pixels begins as a token of {src.values.length} numbers, by this equation. The strips show
          the two tokens as the attention of block {block} leaves them: blue below 0, orange above.
        </p>
      </Meaning>
    </>
  );
}

function TokenCaption({
  map,
  patches,
  name,
  look,
  words,
}: {
  map: MergeMap;
  patches: readonly number[];
  name: TermName;
  look: 'src' | 'dst' | 'merged';
  words: string;
}) {
  return (
    <Part name={name}>
      <div className="token-caption small" data-look={look}>
        <TokenPicture map={map} patches={patches} label={`The patches of ${look === 'merged' ? 'the merged token' : look}`} />
        <span>
          <Term name={name} />
          <span className="soft">{words}</span>
        </span>
      </div>
    </Part>
  );
}

function Keys({ map, pair }: StepProps) {
  const { src, dst } = pair;
  const reach = reachOf(src.key, dst.key);
  const heads = Math.round(src.values.length / src.key.length);
  return (
    <>
      <StripRow name="keySrc" values={src.key} reach={reach} words="Key of src" />
      <StripRow name="keyDst" values={dst.key} reach={reach} words="Key of dst" />
      <Formula>
        <Term name="key" /> = 1/
        <Term name="heads" /> Σ <Term name="keyOfHead" />
      </Formula>
      <Values>
        <Term name="heads" value={heads} />
        <Term name="keyLengthSrc" value={written(norm(src.key))} />
        <Term name="keyLengthDst" value={written(norm(dst.key))} />
      </Values>
      <Meaning>
        <p>
          Attention computes a key for every token anyway: {src.key.length} numbers in each of {heads} heads. Tokens are compared
          by the mean of their keys, so the comparison costs next to nothing.
          {drawn(map) && ' This method ignores them: it draws its pairs at random.'}
        </p>
      </Meaning>
    </>
  );
}

const drawn = (map: MergeMap): boolean => map.blocks.every(({ similarity }) => similarity.length === 0);

function Partner({ map, pair }: StepProps) {
  const block = map.blocks[pair.block - 1];
  const product = dot(pair.src.key, pair.dst.key);
  const [lengthSrc, lengthDst] = [norm(pair.src.key), norm(pair.dst.key)];
  const similarity = pair.similarity ?? product / (lengthSrc * lengthDst);
  return (
    <>
      {block && <Bipartite block={block} pair={pair} tokens={tokensAt(map, pair.block - 1)} />}
      <Formula>
        <Term name="similarity" /> = <Term name="product" /> / (<Term name="keyLengthSrc" /> <Term name="keyLengthDst" />)
      </Formula>
      <Values>
        <Term name="product" value={written(product)} />
        <Term name="keyLengthSrc" value={written(lengthSrc)} />
        <Term name="keyLengthDst" value={written(lengthDst)} />
        <Term name="similarity" value={similarity.toFixed(3).replace('-', '−')} />
        <Term name="pairs" value={pair.pairs} />
      </Values>
      <Meaning>
        {drawn(map) ? (
          <p>This method draws its pairs at random, from the seed. It ignores the similarity, which is only shown here.</p>
        ) : (
          <p>
            Each token of A finds the most similar one in B. Of all these, the {pair.pairs} most similar pairs{' '}
            {pair.dropped ? 'lose their src' : 'merge'}; this is number {pair.rank + 1}. The class token never merges.
          </p>
        )}
      </Meaning>
    </>
  );
}

/** The equation of the merged token: a mean weighted by sizes, or dst alone where src is dropped. */
function Mean({ pair }: { pair: MergedPair }) {
  if (pair.dropped) {
    return (
      <Formula>
        <Term name="merged" /> = <Term name="dst" />
      </Formula>
    );
  }
  return (
    <Formula>
      <Term name="merged" /> = (<Term name="sizeSrc" /> <Term name={pair.modulation ? 'changed' : 'src'} /> +{' '}
      <Term name="sizeDst" /> <Term name="dst" />
      {pair.others > 0 && ' + …'}) / <Term name="sizeMerged" />
    </Formula>
  );
}

/** How many other tokens merge into the same dst, in words. */
function othersIn({ others }: MergedPair): string {
  if (others === 0) return '';
  return others === 1
    ? ' One more token merges into the same dst in this block.'
    : ` ${others} more tokens merge into the same dst in this block.`;
}

function Sizes({ pair }: StepProps) {
  const { src, dst, mergedSize, dropped } = pair;
  const rest = dropped ? 0 : mergedSize - src.size - dst.size;
  return (
    <>
      <div className="size-bar" aria-hidden>
        {!dropped && (
          <Part name="sizeSrc">
            <span data-look="src">src {src.size}</span>
          </Part>
        )}
        {rest > 0 && <span className="soft">… {rest}</span>}
        <Part name="sizeDst">
          <span data-look="dst">dst {dst.size}</span>
        </Part>
      </div>
      <Mean pair={pair} />
      <Values>
        <Term name="sizeSrc" value={src.size} />
        <Term name="sizeDst" value={dst.size} />
        <Term name="sizeMerged" value={mergedSize} />
      </Values>
      <Meaning>
        {dropped ? (
          <p>Pruning drops src: nothing keeps its content, and dst stays as it was.</p>
        ) : (
          <p>
            Each token is weighted by the number of patches that it stands for, so every patch counts the same in the mean.
            {othersIn(pair)}
            {pair.modulation && ' Before the mean is taken, PYRA changes src: the next step.'}
          </p>
        )}
      </Meaning>
    </>
  );
}

function Merged({ map, pair }: StepProps) {
  const { dst, merged, mergedSize, mergedPatches, dropped, block } = pair;
  const reach = reachOf(dst.values, merged);
  return (
    <>
      <div className="token-pictures">
        <TokenCaption map={map} patches={mergedPatches} name="merged" look="merged" words={patchesOf(mergedSize)} />
      </div>
      <StripRow name="dst" values={dst.values} reach={reach} words="dst before" />
      <StripRow name="merged" values={merged} reach={reach} words="The merged token" />
      <Mean pair={pair} />
      <Values>
        <Term name="sizeMerged" value={mergedSize} />
        <Term name="lengthDst" value={written(norm(dst.values))} />
        <Term name="lengthMerged" value={written(norm(merged))} />
      </Values>
      <Meaning>
        <p>{afterwards(map, block, mergedSize, dropped)}</p>
      </Meaning>
    </>
  );
}

function afterwards(map: MergeMap, block: number, size: number, dropped: boolean): string {
  const [before, after] = [tokensAt(map, block - 1), tokensAt(map, block)];
  const counted = map.configuration.proportionalAttention && size > 1 ? `, where attention counts this one ${size} times` : '';
  const what = dropped ? `${patchesOf(1)} is gone.` : `One token stands for ${patchesOf(size)} now.`;
  if (block === map.blocks.length) {
    return `${what} This was the last block: the class token decides, having attended to the other ${after - 1} tokens.`;
  }
  return `${what} Block ${block + 1} computes on ${after} tokens, not ${before}${counted}.`;
}

export interface Step {
  readonly name: string;
  readonly label: string;
  readonly title: (props: StepProps) => string;
  readonly Body: (props: StepProps) => ReactNode;
}

export const STEPS: readonly Step[] = [
  { name: 'patches', label: 'Patches', title: () => 'Patches become tokens', Body: Patches },
  { name: 'keys', label: 'Keys', title: () => 'Each token has a key', Body: Keys },
  {
    name: 'partner',
    label: 'Partner',
    title: ({ map }) => (drawn(map) ? 'A partner, drawn' : 'The most similar partner'),
    Body: Partner,
  },
  {
    name: 'sizes',
    label: 'Sizes',
    title: ({ pair }) => (pair.dropped ? 'Pruning drops src' : 'Merging weighs by size'),
    Body: Sizes,
  },
  {
    name: 'pyra',
    label: 'PYRA',
    title: ({ pair }) => (pair.modulation ? 'PYRA changes src first' : 'What PYRA would change'),
    Body: Modulation,
  },
  { name: 'token', label: 'Token', title: ({ pair }) => (pair.dropped ? 'dst is left' : 'One token is left'), Body: Merged },
];
