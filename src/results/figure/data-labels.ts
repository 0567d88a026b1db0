import type { RunRecord } from '../../protocol/runs/run.js';
import { dataName } from '../words/names.js';

/** What may tell data sets of one name apart, the most telling first. */
const TELLING: readonly ((run: RunRecord) => string)[] = [
  ({ classes }) => `${classes.length} classes`,
  // Weights that came without their run's record say nothing of its pictures.
  ({ pictures }) => (pictures.train === 0 ? 'pictures not recorded' : `${pictures.train} + ${pictures.test} pictures`),
  ({ configuration }) => `split ${configuration.splitSeed}`,
  ({ started }) => started.slice(0, 10),
  ({ started }) => started.slice(11, 16),
  ({ dataFingerprint }) => dataFingerprint?.test?.slice(0, 6) ?? '',
];

/**
 * A short name for each data set: of several with the same name, with what differs between them and nothing else.
 *
 * @param sets one run of each.
 */
export function dataLabels(sets: readonly RunRecord[]): string[] {
  return sets.map((run) => {
    const { data } = run.configuration;
    let alike = sets.filter((other) => other !== run && other.configuration.data === data);
    const said: string[] = [];
    for (const words of TELLING) {
      const differing = alike.filter((other) => words(other) !== words(run));
      if (differing.length === 0) continue;
      said.push(words(run));
      alike = alike.filter((other) => !differing.includes(other));
    }
    return [dataName(data), ...said].join(', ');
  });
}
