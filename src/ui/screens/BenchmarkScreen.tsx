import type { Benchmark, BenchmarkRow, Benchmarks } from '../../protocol/api.js';
import { shownBenchmark } from '../../store/facts.js';
import { obstacleToDiagnose } from '../../store/obstacles.js';
import { BusyLine } from '../common/BusyLine.js';
import { Button } from '../common/controls.js';
import { Problem } from '../common/Problem.js';
import { CopyText } from '../common/CopyText.js';
import { macs, modelName, significant } from '../format.js';
import { usePlayground } from '../playground.js';
import { methodUnit } from '../../vit/methods/index.js';
import { Back } from './Back.js';
import { FullBenchmark } from './FullBenchmark.js';
import { Words } from '../common/Equation.js';

/** The backbone, image size and batch that were measured, in words. */
const subject = ({ model, imageSize, batchSize }: Omit<Benchmark, 'rows' | 'adapter'>): string =>
  `${modelName(model)}, pictures of ${imageSize} px, ${batchSize} at a time`;

function asText({ measured }: Benchmarks): string {
  const head = ['method', 'schedule', 'tokens left', 'GMACs', 'inference img/s', 'GFLOP/s', 'training img/s', 'GFLOP/s'];
  const numbers = ({
    gmacs,
    inferenceImagesPerSecond,
    inferenceGflops,
    trainingImagesPerSecond,
    trainingGflops,
  }: BenchmarkRow) => [
    ...[gmacs, inferenceImagesPerSecond, inferenceGflops, trainingImagesPerSecond ?? 0, trainingGflops ?? 0].map((value) =>
      significant(value),
    ),
  ];
  return measured
    .flatMap(({ rows, adapter, ...of }) => [
      `PYRA Playground benchmark, ${adapter}`,
      subject(of),
      '',
      head.join('\t'),
      ...rows.map((row) => [row.name, row.schedule, row.tokensLeft, ...numbers(row)].join('\t')),
      '',
    ])
    .join('\n');
}

/** Measures images per second by method and schedule for the current set-up, on one machine or on all. */
export function BenchmarkScreen() {
  const shown = usePlayground(shownBenchmark);
  const model = usePlayground((state) => state.configuration.model);
  const imageSize = usePlayground((state) => state.configuration.imageSize);
  const running = usePlayground((state) => state.diagnosing === 'benchmark');
  const soFar = usePlayground((state) => state.benchmarkedSoFar);
  const obstacle = usePlayground(obstacleToDiagnose);
  const blocked = obstacle !== null;
  const benchmark = usePlayground((state) => state.benchmark);
  const adapter = usePlayground((state) => state.adapter?.name ?? 'no adapter');
  return (
    <main className="screen" tabIndex={0}>
      <div className="screen-body stack-wide">
        <Back />
        <h2>
          Benchmark: {modelName(model)}, {imageSize} px
        </h2>
        <p className="soft">
          Measures how many images per second are classified and trained on, by method and schedule, with the current set-up:
          either here ({adapter}) or on every machine that this browser offers. Other work on the computer makes it slower.
        </p>
        <div className="line wrap">
          <Button look="filled" disabled={blocked} onClick={() => void benchmark()}>
            Measure
          </Button>
          <Button disabled={blocked} onClick={() => void benchmark(true)}>
            Measure every machine
          </Button>
          {shown && <CopyText text={asText(shown.value)} />}
        </div>
        {running ? <BusyLine fallback="Measuring" /> : <Waiting obstacle={obstacle} />}
        <Problem place="benchmark" />
        {running && <Measured benchmarks={{ measured: soFar, missing: [] }} before={false} />}
        {shown && <Measured benchmarks={shown.value} before={shown.before} />}
        <FullBenchmark blocked={blocked} />
      </div>
    </main>
  );
}

/** Why nothing can be measured now; the full benchmark shows its own progress. */
function Waiting({ obstacle }: { obstacle: string | null }) {
  const full = usePlayground((state) => state.diagnosing === 'full');
  return obstacle === null || full ? null : <p className="small soft">{obstacle}</p>;
}

function Measured({ benchmarks: { measured, missing }, before }: { benchmarks: Benchmarks; before: boolean }) {
  const [first] = measured;
  if (!first) return null;
  return (
    <>
      <p className="small" data-testid="benchmark-of">
        Measured with <span className="strong">{subject(first)}</span>, on {measured.map(({ adapter }) => adapter).join(' and ')}.
        {before && <span className="warn"> The set-up has changed since: measure again.</span>}
      </p>
      {measured.length > 1 && <SideBySide measured={measured} />}
      {measured.map(({ adapter, rows }) => (
        <section key={adapter}>
          {measured.length > 1 && <h3>{adapter}</h3>}
          <Rates rows={rows} />
        </section>
      ))}
      {missing.map((sentence) => (
        <p key={sentence} className="small soft">
          {sentence}
        </p>
      ))}
    </>
  );
}

/** A number that may not be measured, or not yet. */
const rate = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : significant(value));

/** Images per second, with two columns for each machine: inference and training. */
function SideBySide({ measured }: { measured: readonly Benchmark[] }) {
  const [first] = measured;
  return (
    <div className="wide-table" tabIndex={0} role="region" aria-label="Measured speeds">
      <table className="data">
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col">Schedule</th>
            {measured.flatMap(({ adapter }) => [
              <th key={`${adapter} inference`} scope="col" className="right">
                Inference, img/s: {adapter}
              </th>,
              <th key={`${adapter} training`} scope="col" className="right">
                Training, img/s: {adapter}
              </th>,
            ])}
          </tr>
        </thead>
        <tbody>
          {first?.rows.map((row, index) => (
            <tr key={`${row.name} ${row.schedule}`}>
              <td>
                <Words text={methodUnit(row.name).label} />
              </td>
              <td>{row.schedule}</td>
              {measured.flatMap(({ adapter, rows }) => [
                <td key={`${adapter} inference`} className="right number">
                  {rate(rows[index]?.inferenceImagesPerSecond)}
                </td>,
                <td key={`${adapter} training`} className="right number">
                  {rate(rows[index]?.trainingImagesPerSecond)}
                </td>,
              ])}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Rates({ rows }: Pick<Benchmark, 'rows'>) {
  const uncompressed = rows.find((row) => row.schedule === 'none');
  return (
    <div className="wide-table" tabIndex={0} role="region" aria-label="Measured speeds">
      <table className="data">
        <thead>
          <tr>
            <th>Method</th>
            <th>Schedule</th>
            <th className="right">Tokens left</th>
            <th className="right">Cost</th>
            <th className="right">Inference, img/s</th>
            <th className="right">Against no merging</th>
            <th className="right">GFLOP/s</th>
            <th className="right">Training, img/s</th>
            <th className="right">GFLOP/s</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.name} ${row.schedule}`}>
              <td>
                <Words text={methodUnit(row.name).label} />
              </td>
              <td>{row.schedule}</td>
              <td className="right">{row.tokensLeft}</td>
              <td className="right">{macs(row.gmacs * 1e9)}</td>
              <td className="right">{significant(row.inferenceImagesPerSecond)}</td>
              <td className="right">
                {uncompressed ? `${(row.inferenceImagesPerSecond / uncompressed.inferenceImagesPerSecond).toFixed(2)} ×` : ''}
              </td>
              <td className="right">{significant(row.inferenceGflops)}</td>
              <td className="right">{rate(row.trainingImagesPerSecond)}</td>
              <td className="right">{rate(row.trainingGflops)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
