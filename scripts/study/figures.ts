/** Draws the study's figures from the records that come with the page, for README and docs/study.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COST, finishedPoints } from '../../src/results/page.js';
import { compressionSvg } from '../../src/results/figure/print.js';
import { dataName } from '../../src/results/words/names.js';
import { resultsSchema } from '../../src/protocol/runs/run.js';

const { runs } = resultsSchema.parse(JSON.parse(readFileSync('public/study/runs.json', 'utf8')));
for (const data of [...new Set(runs.map(({ configuration }) => configuration.data))].sort()) {
  const points = finishedPoints(runs, data);
  if (points.length === 0) continue;
  const path = join('docs/figures', `study-${data.replace(/^task:|\.zip$/g, '')}.svg`);
  writeFileSync(path, `${compressionSvg(points, COST, `Test accuracy over GMACs, ${dataName(data)}`)}\n`);
  console.log(path);
}
