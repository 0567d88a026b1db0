import { norm, type MergedPair, type PairModulation } from '../../../results/maps/pair.js';
import { Notation } from '../../common/Equation.js';
import { percent } from '../../format.js';
import { trainedExample } from '../../../store/run-lookup.js';
import { dataName } from '../../../results/words/names.js';
import { usePlayground } from '../../playground.js';
import { signed, written } from './numbers.js';
import type { StepProps } from './step-props.js';
import { StripRow } from './StripRow.js';
import { Formula, Meaning, Term, Values } from './Term.js';
import { reachOf } from './ValueStrip.js';
import { nameOf } from '../../../protocol/runs/run-names.js';
import { spoken } from '../../../vit/names/notation.js';

/** The step PYRA: its two generators and how they change src, or why src stays as it is. */
export function Modulation({ map, pair }: StepProps) {
  const { modulation, src } = pair;
  if (!modulation) return <Unmodulated pair={pair} />;
  const reach = reachOf(src.values, modulation.changed);
  return (
    <>
      <StripRow name="src" values={src.values} reach={reach} words="src before" />
      {modulation.channels && (
        <StripRow name="channels" values={modulation.channels} centre={1} reach={1} words="g D, white where it is 1" />
      )}
      <StripRow name="changed" values={modulation.changed} reach={reach} words="src after" />
      <Equations modulation={modulation} />
      <Values>
        {modulation.pair !== null && <Term name="pair" value={signed(modulation.pair)} />}
        <Term name="lengthSrc" value={written(norm(src.values))} />
        <Term name="lengthChanged" value={written(norm(modulation.changed))} />
        <Term name="strength" value={percent(modulation.strength)} />
      </Values>
      <Meaning>
        {modulation.strength > 0 ? (
          <Words modulation={modulation} />
        ) : (
          <Unchanged map={map} pair={pair} modulation={modulation} />
        )}
      </Meaning>
    </>
  );
}

function Equations({ modulation: { channels, pair } }: { modulation: PairModulation }) {
  return (
    <Formula small>
      <Term name="information" /> = <Term name="layerNorm" />(<Term name="sizeSrc" /> <Term name="src" /> +{' '}
      <Term name="sizeDst" /> <Term name="dst" />)
      {channels && (
        <>
          <br />
          <Term name="channels" /> = 2 <Term name="sigmoid" />(<Term name="weightsA" /> <Term name="information" />)
        </>
      )}
      {pair !== null && (
        <>
          <br />
          <Term name="pair" /> = 2 <Term name="sigmoid" />(<Term name="weightsB" /> <Term name="information" />) − 1
        </>
      )}
      <br />
      <Term name="changed" /> = <Term name="src" />
      {pair !== null && (
        <>
          {' '}
          + <Term name="src" />
        </>
      )}
      {channels && (
        <>
          {' '}
          <Term name="times" /> <Term name="channels" />
        </>
      )}
      {pair !== null && (
        <>
          {' '}
          <Term name="times" /> <Term name="pair" />
        </>
      )}
    </Formula>
  );
}

function Words({ modulation: { strength, pair, channels } }: { modulation: PairModulation }) {
  return (
    <p>
      {channels && pair !== null ? 'Two small generators compute weights' : 'A small generator computes weights'} from the pair’s
      content. They strengthen or weaken src so that less is lost in the merge. Here they changed {percent(strength)} of src.
    </p>
  );
}

/** Why src stays as it is, although the method has PYRA’s weights. */
function Unchanged({ map, pair: { block }, modulation: { pair } }: StepProps & { modulation: PairModulation }) {
  if (map.weights !== 'backbone') {
    return (
      <p>
        Its weights change nothing here.{' '}
        {block === map.blocks.length &&
          'Only the class token is read after the last block, and no merge changes it: so the weights of this block never learn. Look at an earlier block.'}
      </p>
    );
  }
  return (
    <p>
      Not trained yet:{' '}
      {pair === null ? (
        <>
          <Notation text="W_a" /> starts at 0, so <Notation text="g_D" /> is 1
        </>
      ) : (
        <>
          <Notation text="W_b" /> starts at 0 and σ(0) is ½, so <Notation text="g_r" /> is 0
        </>
      )}{' '}
      and src stays as it is. PYRA starts as ToMe; training finds where to differ. <Trained />
    </p>
  );
}

/** Shows the map of a run that has trained, whose weights change something. */
function Trained() {
  const run = usePlayground(trainedExample);
  const ofRun = usePlayground((state) => state.sources.first.kind === 'run');
  const setUp = usePlayground((state) => state.configuration.data);
  const setSource = usePlayground((state) => state.setSource);
  if (!run || ofRun) return null;
  const { data } = run.configuration;
  return (
    <>
      <button
        type="button"
        className="link"
        title={spoken(nameOf(run))}
        onClick={() => void setSource('first', { kind: 'run', runId: run.id })}
      >
        Show a trained one
      </button>
      {data !== setUp && `, of other pictures: ${dataName(data)}`}
    </>
  );
}

function Unmodulated({ pair }: { pair: MergedPair }) {
  return (
    <>
      <Formula>
        <Term name="changed" /> = <Term name="src" />
      </Formula>
      <Values>
        <Term name="lengthSrc" value={written(norm(pair.src.values))} />
        <Term name="lengthChanged" value={written(norm(pair.src.values))} />
      </Values>
      <Meaning>
        <p>
          {pair.dropped
            ? 'This method drops src, so there is nothing to change.'
            : 'This map merges src as it is. PYRA would change it first, by trained weights: choose the method PYRA to see them.'}
        </p>
      </Meaning>
    </>
  );
}
