import { useRef } from 'react';
import type { VerifyReport } from '../../protocol/api.js';
import { Button } from '../common/controls.js';
import { Problem } from '../common/Problem.js';
import { small } from '../format.js';
import { FileInput } from '../intake/FileInput.js';
import { pickedFiles } from '../intake/files.js';
import { shownReports } from '../../store/facts.js';
import { obstacleToDiagnose } from '../../store/obstacles.js';
import { usePlayground } from '../playground.js';
import { BusyLine } from '../common/BusyLine.js';
import { Back } from './Back.js';
import { verdict } from './verdict.js';
import { CopyText } from '../common/CopyText.js';

function asText(reports: readonly VerifyReport[], adapter: string): string {
  const lines = [`PYRA Playground verify, ${adapter}`];
  for (const report of reports) {
    lines.push('', `${report.passed ? 'pass' : 'FAIL'}  ${report.file}`);
    for (const row of report.rows) {
      lines.push(`  ${row.passed ? 'pass' : 'FAIL'}  ${row.tensor}  error ${small(row.error)}  bound ${small(row.bound)}`);
    }
  }
  return lines.join('\n');
}

/** Computes golden files on the visitor's own adapter and shows each tensor's error beside its bound. */
export function VerifyScreen() {
  const shown = usePlayground(shownReports);
  const reports = shown?.value;
  const running = usePlayground((state) => state.diagnosing === 'verify');
  const obstacle = usePlayground(obstacleToDiagnose);
  const blocked = obstacle !== null;
  const verify = usePlayground((state) => state.verify);
  const adapter = usePlayground((state) => state.adapter?.name ?? 'no adapter');
  const input = useRef<HTMLInputElement>(null);
  return (
    <main className="screen" tabIndex={0}>
      <div className="screen-body stack-wide">
        <Back />
        <h2>Verify</h2>
        <p className="soft">
          Does this machine compute what the authors’ PyTorch code computed? Its numbers come with the page, as golden files. The
          page computes the same here, and shows the relative error (L2) of each tensor beside its bound. Nothing leaves this
          machine.
        </p>
        <div className="line wrap">
          <Button look="filled" disabled={blocked} onClick={() => void verify([])}>
            Run the bundled files
          </Button>
          <Button disabled={blocked} onClick={() => input.current?.click()}>
            Choose golden files…
          </Button>
          <FileInput ref={input} label="Golden files" accept=".safetensors" onPick={(files) => void verify(pickedFiles(files))} />
          {reports && <CopyText text={asText(reports, shown.of.adapter ?? adapter)} />}
        </div>
        {running ? <BusyLine fallback="Verifying" /> : obstacle !== null && <p className="small soft">{obstacle}</p>}
        <Problem place="verify" />
        {shown?.before && <p className="small warn">Verified on {shown.of.adapter}, which is not the current machine.</p>}
        {reports && reports.length > 0 && <p role="status">{verdict(reports, shown.of.adapter ?? adapter)}</p>}
        {reports?.map((report) => (
          <Report key={report.file} report={report} />
        ))}
      </div>
    </main>
  );
}

function Report({ report }: { report: VerifyReport }) {
  return (
    <details className="report" open={!report.passed}>
      <summary>
        <span className="report-summary">
          <span className="strong">{report.file}</span>
          <span className={report.passed ? 'tag' : 'tag wrong'}>
            {report.passed
              ? `All ${report.rows.length} within bounds`
              : `${report.rows.filter((row) => !row.passed).length} of ${report.rows.length} over the bound`}
          </span>
        </span>
      </summary>
      <table className="data fixed">
        <thead>
          <tr>
            <th>Tensor</th>
            <th className="right">Error</th>
            <th className="right">Bound</th>
            <th className="right">Result</th>
          </tr>
        </thead>
        <tbody>
          {report.rows.map((row) => (
            <tr key={row.tensor} className={row.passed ? undefined : 'wrong'}>
              <td>{row.tensor}</td>
              <td className="right">{small(row.error)}</td>
              <td className="right">{small(row.bound)}</td>
              <td className="right">{row.passed ? 'pass' : 'over'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
