import { Tabs } from 'radix-ui';
import { memo, useDeferredValue } from 'react';
import type { BackboneAnswers } from '../../vit/configuration.js';
import { methodUnit, reduces } from '../../vit/methods/index.js';
import type { Part } from '../../protocol/maps.js';
import type { Evaluation, RunRecord } from '../../protocol/runs/run.js';
import { isUnrecorded, runById, weightsAtHand } from '../../store/run-lookup.js';
import { Button, EditableName } from '../common/controls.js';
import { Problem } from '../common/Problem.js';
import { bytes, count, counted, dataName, duration, macs, modelName, percent, perSecond, small } from '../format.js';
import { occupied } from '../../store/facts.js';
import { usePlayground } from '../playground.js';
import { CellPictures } from './CellPictures.js';
import { ConfusionMatrix } from './ConfusionMatrix.js';
import { LargeConfusion } from './LargeConfusion.js';
import { ExportMenu } from './ExportMenu.js';
import { RunMeasured } from './RunMeasured.js';
import { augmentationWords, peftLabel } from './run-labels.js';
import { RunNotes } from './RunNotes.js';
import { nameOf } from '../../protocol/runs/run-names.js';
import { Words } from '../common/Equation.js';

/** With more classes than this the confusion matrix is a canvas instead of one button for each cell. */
const MOST_CELLS = 20;

/** The chosen run: its results, confusion matrix, classes and configuration, and what can be done with it. */
export function RunDetails() {
  const run = usePlayground((state) => runById(state, state.selectedId));
  const hidden = usePlayground((state) => state.selectedId !== null && state.deleting.includes(state.selectedId));
  // Deferred: it has many parts, and rendering them must not delay a click.
  const shown = useDeferredValue(hidden ? undefined : run);
  return shown ? <Details run={shown} /> : null;
}

const Details = memo(function Details({ run }: { run: RunRecord }) {
  const rename = usePlayground((state) => state.rename);
  const own = usePlayground((state) => state.runs[run.id] !== undefined);
  const asks = usePlayground((state) => weightsAtHand(state, run));
  return (
    <section className="section" aria-label="The chosen run" data-asks={asks ? run.id : undefined}>
      <div className="run-head">
        <h2>
          {own ? (
            <EditableName
              key={run.id}
              name={nameOf(run)}
              label="Name of the run"
              onChange={(name) => void rename(run.id, name)}
            />
          ) : (
            <Words text={nameOf(run)} />
          )}
        </h2>
        <Actions run={run} />
      </div>
      <Problem place="export" />
      <RunMeasured run={run} />
      {own && <RunNotes key={run.id} run={run} />}
      <Tabs.Root defaultValue="confusion">
        <Tabs.List className="tabs" aria-label="About the run">
          <Tabs.Trigger className="tab" value="confusion">
            Confusion
          </Tabs.Trigger>
          <Tabs.Trigger className="tab" value="classes">
            Classes
          </Tabs.Trigger>
          <Tabs.Trigger className="tab" value="configuration">
            Configuration
          </Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="confusion" tabIndex={-1}>
          <Confusion run={run} />
        </Tabs.Content>
        <Tabs.Content value="classes">
          <Classes run={run} />
        </Tabs.Content>
        <Tabs.Content value="configuration">
          <Configuration run={run} />
        </Tabs.Content>
      </Tabs.Root>
    </section>
  );
});

function Actions({ run }: { run: RunRecord }) {
  const idle = usePlayground((state) => !occupied(state));
  const continueRun = usePlayground((state) => state.continueRun);
  const replaceConfiguration = usePlayground((state) => state.replaceConfiguration);
  const elsewhere = usePlayground((state) => state.elsewhere.includes(run.id));
  const weights = usePlayground((state) => state.runs[run.id] !== undefined || state.studyWeights.has(run.id));
  const here = usePlayground((state) => weightsAtHand(state, run));
  const over = usePlayground((state) => state.overlaid.includes(run.id));
  const overlayRun = usePlayground((state) => state.overlayRun);
  const openPredict = usePlayground((state) => state.openPredict);
  const resumable =
    !elsewhere && run.state !== 'finished' && run.epochs.length > 0 && run.epochs.length < run.configuration.epochs;
  return (
    <span className="line">
      {resumable && idle && <Button onClick={() => void continueRun(run.id)}>Continue</Button>}
      <Button
        look="quiet"
        disabled={!idle}
        title="Sets the column Set up as it was for this run"
        onClick={() => replaceConfiguration(run.configuration)}
      >
        Use set-up
      </Button>
      {run.epochs.length > 0 && (
        <Button
          look="quiet"
          aria-pressed={over}
          title="Keeps this run’s curves beside those of other runs"
          onClick={() => overlayRun(run.id, !over)}
        >
          {over ? 'Off the curves' : 'Keep curves'}
        </Button>
      )}
      {weights && (
        <Button
          id="open-predict"
          disabled={!idle || !here}
          title={
            here
              ? 'Predicts the classes of other pictures or of the camera’s; pictures can also be dropped on the run'
              : 'The record of this run is here, its weights are not: drop its adapted.safetensors, or the zip of the run'
          }
          onClick={() => openPredict(run.id)}
        >
          Predict
        </Button>
      )}
      {weights && <ExportMenu run={run} />}
    </span>
  );
}

/** The evaluation of the test part if it was measured, else of the validation part. */
function evaluationOf(run: RunRecord): { part: Part; evaluation: Evaluation } | null {
  if (run.test) return { part: 'test', evaluation: run.test };
  if (run.validation) return { part: 'validation', evaluation: run.validation };
  return null;
}

function Confusion({ run }: { run: RunRecord }) {
  const measured = evaluationOf(run);
  if (!measured) return <p className="empty small">The confusion matrix appears when the run has been evaluated.</p>;
  return (
    <div className="stack">
      {run.classes.length <= MOST_CELLS ? (
        <ConfusionMatrix run={run} part={measured.part} confusion={measured.evaluation.confusion} />
      ) : (
        <LargeConfusion run={run} part={measured.part} confusion={measured.evaluation.confusion} />
      )}
      <CellPictures run={run} />
    </div>
  );
}

function Classes({ run }: { run: RunRecord }) {
  const measured = evaluationOf(run);
  if (!measured) return <p className="empty small">Accuracy for each class appears when the run has been evaluated.</p>;
  return (
    <table className="data">
      <thead>
        <tr>
          <th scope="col">Class</th>
          <th scope="col" className="bar-cell">
            <span className="visually-hidden">As a bar</span>
          </th>
          <th scope="col" className="right">
            Accuracy ({measured.part})
          </th>
        </tr>
      </thead>
      <tbody>
        {run.classes.map((name, index) => {
          const accuracy = measured.evaluation.classAccuracy[index] ?? null;
          return (
            <tr key={name}>
              <td>{name}</td>
              <td className="bar-cell">
                <span className="class-bar" style={{ width: `${(accuracy ?? 0) * 100}%` }} />
              </td>
              <td className="right number">{accuracy === null ? 'no picture' : percent(accuracy)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The properties of the backbone that a person set instead of those in its files. */
function overruled({ heads, mean, std }: BackboneAnswers): string[] {
  return [
    ...(heads === null ? [] : [counted(heads, 'head')]),
    ...(mean === null ? [] : [`mean ${mean.join(' ')}`]),
    ...(std === null ? [] : [`deviation ${std.join(' ')}`]),
  ];
}

const trainingRows = (run: RunRecord): [string, string][] => [
  ['Best epoch', run.bestEpoch === null ? 'none yet' : String(run.bestEpoch)],
  ['Time', duration(run.epochs.reduce((sum, epoch) => sum + epoch.seconds, 0))],
  ['Training', run.epochs.length > 0 ? perSecond(run.epochs.at(-1)?.imagesPerSecond ?? 0) : 'not measured'],
  ['Memory', bytes(run.gpuBytes)],
];

function Configuration({ run }: { run: RunRecord }) {
  const { configuration } = run;
  const rate = configuration.pyraLearningRate;
  const rows: [string, string][] = [
    ['Data', dataName(configuration.data)],
    [
      'Pictures',
      isUnrecorded(run)
        ? 'not recorded'
        : `${count(run.pictures.train)} train, ${count(run.pictures.validation)} validation, ${count(run.pictures.test)} test`,
    ],
    ['Backbone', [modelName(configuration.model), `${configuration.imageSize} px`, ...overruled(configuration)].join(', ')],
    ['Method', methodUnit(configuration.method).label],
    ['Schedule', reduces(configuration.method) ? `${configuration.schedule}: ${run.schedule.join(' ')}` : 'none'],
    ['Tokens', run.tokens.join(' ')],
    ['Cost', macs(run.macs)],
    ['What trains', `${peftLabel(configuration)}, ${count(run.trainedParameters)} of ${counted(run.totalParameters, 'weight')}`],
    [
      'Recipe',
      `${counted(configuration.epochs, 'epoch')}, batch ${configuration.batchSize}, learning rate ${small(configuration.learningRate)}, PYRA ${rate === null ? 'at the same rate' : `rate ${small(rate)}`}, weight decay ${small(configuration.weightDecay)}`,
    ],
    ['Regularisation', `dropout ${configuration.dropout}, stochastic depth ${configuration.dropPath}`],
    ['Augmentation', augmentationWords(configuration)],
    ['Seeds', `${configuration.seed}, split ${configuration.splitSeed}`],
    ...(isUnrecorded(run) ? [] : trainingRows(run)),
    ['Machine', run.adapter.name],
  ];
  return (
    <dl className="facts small">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Words text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
