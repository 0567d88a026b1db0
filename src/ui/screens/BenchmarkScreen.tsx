import type { Benchmark } from '../../protocol/api.js';
import { BusyLine } from '../common/BusyLine.js';
import { Button, Problem } from '../common/controls.js';
import { count, macs, modelName, significant } from '../format.js';
import { occupied, shownBenchmark } from '../../store/facts.js';
import { usePlayground } from '../playground.js';
import { Back } from './Back.js';
import { CopyText } from '../common/CopyText.js';

/** What is measured, in words. */
const subject = ({ model, imageSize, batchSize }: Omit<Benchmark, 'rows' | 'adapter'>): string =>
  `${modelName(model)}, pictures of ${imageSize} px, ${batchSize} at a time`;

function asText({ rows, adapter, ...of }: Benchmark): string {
  const head = ['method', 'schedule', 'tokens left', 'GMACs', 'inference img/s', 'GFLOP/s', 'training img/s', 'GFLOP/s'].join(
    '\t',
  );
  const lines = rows.map((row) =>
    [
      row.name,
      row.schedule,
      row.tokensLeft,
      significant(row.gmacs),
      significant(row.inferenceImagesPerSecond),
      significant(row.inferenceGflops),
      significant(row.trainingImagesPerSecond ?? 0),
      significant(row.trainingGflops ?? 0),
    ].join('\t'),
  );
  return [`PYRA Playground benchmark, ${adapter}`, subject(of), '', head, ...lines].join('\n');
}

/** The engine's throughput by method and schedule on this adapter. */
export function BenchmarkScreen() {
  const shown = usePlayground(shownBenchmark);
  const measured = shown?.value;
  const model = usePlayground((state) => state.configuration.model);
  const imageSize = usePlayground((state) => state.configuration.imageSize);
  const running = usePlayground((state) => state.diagnosing === 'benchmark');
  const blocked = usePlayground((state) => occupied(state) || state.diagnosing !== null || state.connection !== 'ready');
  const benchmark = usePlayground((state) => state.benchmark);
  const adapter = usePlayground((state) => state.adapter?.name ?? 'no adapter');
  return (
    <main className="screen" tabIndex={0}>
      <div className="screen-body stack-wide">
        <Back />
        <h2>Benchmark</h2>
        <p className="soft">
          Measures inference and training for each method and schedule with what is set up: {modelName(model)}, pictures of{' '}
          {imageSize} px, on {adapter}. Other work on the machine makes it slower.
        </p>
        <div className="line wrap">
          <Button look="filled" disabled={blocked} onClick={() => void benchmark()}>
            Measure
          </Button>
          {measured && <CopyText text={asText(measured)} />}
        </div>
        {running && <BusyLine fallback="Measuring" />}
        <Problem place="benchmark" />
        {measured && (
          <p className="small" data-testid="benchmark-of">
            Measured with <span className="strong">{subject(measured)}</span>, on {measured.adapter}.
            {shown.before && <span className="warn"> Something else is set up now: measure again for that.</span>}
          </p>
        )}
        {measured && <Rates rows={measured.rows} />}
      </div>
    </main>
  );
}

function Rates({ rows }: Pick<Benchmark, 'rows'>) {
  const uncompressed = rows.find((row) => row.schedule === 'none');
  return (
    <table className="data">
      <thead>
        <tr>
          <th>Method</th>
          <th>Schedule</th>
          <th className="right">Tokens left</th>
          <th className="right">Cost</th>
          <th className="right">Inference, img/s</th>
          <th className="right">Against none</th>
          <th className="right">GFLOP/s</th>
          <th className="right">Training, img/s</th>
          <th className="right">GFLOP/s</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.name} ${row.schedule}`}>
            <td>{row.name}</td>
            <td>{row.schedule}</td>
            <td className="right">{row.tokensLeft}</td>
            <td className="right">{macs(row.gmacs * 1e9)}</td>
            <td className="right">{count(row.inferenceImagesPerSecond)}</td>
            <td className="right">
              {uncompressed ? `${(row.inferenceImagesPerSecond / uncompressed.inferenceImagesPerSecond).toFixed(2)} x` : ''}
            </td>
            <td className="right">{significant(row.inferenceGflops)}</td>
            <td className="right">{count(row.trainingImagesPerSecond ?? 0)}</td>
            <td className="right">{significant(row.trainingGflops ?? 0)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
