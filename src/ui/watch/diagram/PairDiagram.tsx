import { Tabs } from 'radix-ui';
import { memo, useDeferredValue } from 'react';
import { mergedPair, nextMerge } from '../../../results/maps/pair.js';
import { reduces } from '../../../vit/methods/index.js';
import { Button } from '../../common/controls.js';
import { Icon } from '../../common/Icon.js';
import { usePlayground } from '../../playground.js';
import { STEPS } from './steps.js';
import { Terms } from './Term.js';
import { usePair, type Explained } from './use-pair.js';

/** Explains how a block merges one pair of tokens, step by step, with the numbers of the map that is shown. */
export function PairDiagram() {
  // Deferred, so that neither a live map nor a pointer that moves fast delays a click.
  return <Diagram explained={useDeferredValue(usePair())} />;
}

const Diagram = memo(function Diagram({ explained }: { explained: Explained | null }) {
  return (
    <section className="diagram" aria-labelledby="diagram-heading">
      <div className="section-head">
        <h2 id="diagram-heading">{explained ? `One merge of block ${explained.block}` : 'One merge'}</h2>
        {explained?.pair && <PairStepper explained={explained} />}
      </div>
      {explained?.pair ? (
        <>
          <Which explained={explained} />
          <Steps explained={explained} />
        </>
      ) : (
        <p className="small faint">
          {explained ? nothingMerges(explained) : 'The steps of a merge appear here, with their numbers.'}
        </p>
      )}
    </section>
  );
});

function nothingMerges({ map, block }: Explained): string {
  if (!reduces(map.configuration.method))
    return 'This map merges nothing. Choose the method ToMe or PYRA to see how pairs merge.';
  return `Block ${block} merges nothing: its schedule is 0. Move the slider to a block where tokens become fewer.`;
}

/** Steps through the block's pairs, most similar first. */
function PairStepper({ explained: { map, block, pair } }: { explained: Explained }) {
  const hold = usePlayground((state) => state.hold);
  if (!pair) return null;
  const go = (rank: number): void => hold(mergedPair(map, block, rank)?.src.patches[0] ?? null);
  return (
    <span className="line pair-stepper small">
      <Button look="icon" aria-label="Previous pair" disabled={pair.rank === 0} onClick={() => go(pair.rank - 1)}>
        <Icon name="previous" />
      </Button>
      <span className="number soft">
        {pair.rank + 1} of {pair.pairs}
      </span>
      <Button look="icon" aria-label="Next pair" disabled={pair.rank + 1 >= pair.pairs} onClick={() => go(pair.rank + 1)}>
        <Icon name="next" />
      </Button>
    </span>
  );
}

/** Says which pair is explained, and why this one. */
function Which({ explained: { map, block, patch, held, own } }: { explained: Explained }) {
  const hold = usePlayground((state) => state.hold);
  const setBlock = usePlayground((state) => state.setBlock);
  if (patch === null) {
    return <p className="small soft which">A pair that merges here. Point at the map for another pair, click to hold it.</p>;
  }
  const at = `Row ${Math.floor(patch / map.gridSide) + 1}, column ${(patch % map.gridSide) + 1}`;
  if (own) {
    return (
      <p className="small soft which">
        {at} and its partner.{' '}
        {held ? (
          <button type="button" className="link" onClick={() => hold(null)}>
            Let go
          </button>
        ) : (
          'Click to hold it.'
        )}
      </p>
    );
  }
  const next = nextMerge(map, block, patch);
  return (
    <p className="small soft which">
      {at} {next === null ? 'merges no more' : 'does not merge here'}; below is a pair that does.{' '}
      {next !== null && (
        <button
          type="button"
          className="link"
          onClick={() => {
            hold(patch);
            setBlock(next);
          }}
        >
          Go to block {next}
        </button>
      )}
    </p>
  );
}

function Steps({ explained: { map, pair } }: { explained: Explained }) {
  const step = usePlayground((state) => state.mergeStep);
  const setStep = usePlayground((state) => state.showMergeStep);
  const { name, title, Body } = STEPS[step] ?? STEPS[0]!;
  if (!pair) return null;
  const [before, after] = [STEPS[step - 1], STEPS[step + 1]];
  return (
    <Tabs.Root value={name} onValueChange={(to) => setStep(STEPS.findIndex((entry) => entry.name === to))}>
      <Tabs.List className="steps" aria-label="Steps of a merge">
        {STEPS.map(({ name: value, label }, index) => (
          <Tabs.Trigger key={value} value={value} className="step small" data-done={index <= step}>
            {label}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content value={name} className="step-body" tabIndex={-1}>
        <Terms key={name}>
          <h3>
            {step + 1}. {title({ map, pair })}
          </h3>
          <Body map={map} pair={pair} />
        </Terms>
      </Tabs.Content>
      <div className="spread step-foot small">
        <Button disabled={!before} onClick={() => setStep(step - 1)}>
          Back
        </Button>
        <Button disabled={!after} onClick={() => setStep(step + 1)}>
          {after ? `Next: ${after.label}` : 'Next'}
        </Button>
      </div>
    </Tabs.Root>
  );
}
