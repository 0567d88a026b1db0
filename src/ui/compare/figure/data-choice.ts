import { dataLabels } from '../../../results/figure/data-labels.js';
import { dataIdentity } from '../../../results/figure/points.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import { isDrawn } from '../../../vit/configuration.js';
import { capitalised } from '../../format.js';

/** A data set that the figure can show. */
export interface DataChoice {
  /** Its identity, as of {@link dataIdentity}. */
  readonly value: string;
  readonly label: string;
  /** Whether it is the one that is set up. */
  readonly current: boolean;
}

/** A drawn task is written as in the choice of the data; the name of a file stays as it is. */
export const shownName = (data: string, name: string): string => (isDrawn(data) ? capitalised(name) : name);

/**
 * The data sets that have runs: the one that is set up first, a person's own before the study's, then in the order of the runs. Weights
 * that came without their run's record say nothing of its pictures, so they come after own runs whose pictures are known.
 *
 * @param study the runs that come with the page, by id.
 */
export function dataChoices(runs: readonly RunRecord[], setUp: string, study: Readonly<Record<string, RunRecord>>): DataChoice[] {
  const nearness = (run: RunRecord): number => (study[run.id] ? 0 : run.pictures.train > 0 ? 2 : 1);
  const sets = new Map<string, RunRecord>();
  for (const run of runs) if (!sets.has(dataIdentity(run))) sets.set(dataIdentity(run), run);
  const labels = dataLabels([...sets.values()]);
  return [...sets]
    .map(([value, run], index) => {
      const { data } = run.configuration;
      const choice = { value, label: shownName(data, labels[index] ?? ''), current: data === setUp };
      return { choice, near: nearness(run) };
    })
    .sort((a, b) => Number(b.choice.current) - Number(a.choice.current) || b.near - a.near)
    .map(({ choice }) => choice);
}
