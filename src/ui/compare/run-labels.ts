import { ADAPTERS, adapterTags } from '../../vit/adapters/index.js';
import { BUNDLED, type Configuration, type Selection } from '../../vit/configuration.js';
import { methodUnit, reduces } from '../../vit/methods/index.js';
import type { RunRecord } from '../../protocol/run.js';
import { dataName } from '../format.js';

/** What trains, as a few words: `LoRA 8`, `LoRA 8, adapter 8`, `linear`. */
export const peftLabel = (configuration: Configuration): string => adapterTags(configuration).join(', ');

/** The schedule as it was written; a run without merging has none. */
export const scheduleLabel = ({ method, schedule }: Configuration): string => (reduces(method) ? schedule : '–');

/** Method, schedule and seed: what the columns of the table tell of a run, in one line. */
export function runLabel({ configuration }: RunRecord): string {
  const { method, seed } = configuration;
  const schedule = reduces(method) ? ` ${configuration.schedule}` : '';
  return `${methodUnit(method).label}${schedule}, seed ${seed}`;
}

/** What chooses the epoch that counts, as an adjective of it. */
export const SELECTION_NAMES: Readonly<Record<Selection, string>> = {
  accuracy: 'most accurate',
  loss: 'lowest-loss',
  last: 'last',
};

/** What is done to training pictures: `none`, or `mirrored, cut 0.2, colour 0.1`. */
export function augmentationWords({ flip, crop, colour }: Configuration): string {
  const parts = [flip ? 'mirrored' : '', crop > 0 ? `cut ${crop}` : '', colour > 0 ? `colour ${colour}` : ''];
  return parts.filter((part) => part !== '').join(', ') || 'none';
}

/** Options that have no column of their own, each as a few words. */
const OTHERS: readonly ((configuration: Configuration) => string)[] = [
  ({ data }) => dataName(data),
  // The backbone that comes with the page goes without saying.
  ({ model }) => (model === BUNDLED ? '' : model),
  ({ imageSize }) => `${imageSize} px`,
  peftLabel,
  ({ epochs }) => `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`,
  ({ batchSize }) => `batch ${batchSize}`,
  ({ learningRate }) => `rate ${learningRate}`,
  ({ pyraLearningRate }) => `PYRA rate ${pyraLearningRate ?? 'common'}`,
  ({ weightDecay }) => `decay ${weightDecay}`,
  ({ warmupEpochs }) => `warm-up ${warmupEpochs}`,
  ({ dropout }) => `dropout ${dropout}`,
  ({ dropPath }) => `stochastic depth ${dropPath}`,
  (configuration) => `augmentation ${augmentationWords(configuration)}`,
  ({ proportionalAttention }) => (proportionalAttention ? 'proportional' : 'not proportional'),
  ({ splitSeed }) => `split ${splitSeed}`,
  ({ select }) => `${SELECTION_NAMES[select]} epoch`,
  ({ taskPictures }) => (taskPictures ? `${taskPictures.join('/')} drawn pictures` : '800/200/1000 drawn pictures'),
  ({ protocol }) => `protocol ${protocol}`,
];

/** What the columns do not show and what is not the same for all runs, so that any two that differ can be told apart. */
export function differencesAmong(all: readonly Configuration[]): (configuration: Configuration) => readonly string[] {
  const varying = OTHERS.filter((words) => new Set(all.map(words)).size > 1);
  return (configuration) => varying.map((words) => words(configuration)).filter((text) => text !== '');
}

const words = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9@.]+/)
    .filter((word) => word !== '');

/**
 * Whether a person named the run: its name has a word that its configuration does not already say. The names that the page and
 * the command line give by themselves only repeat method, schedule, what trains and the seed.
 */
export function isNamed({ name, configuration }: RunRecord): boolean {
  const { data, method, schedule, seed } = configuration;
  const sizes = ADAPTERS.map(({ name, size }) => `${name} ${configuration[size]} ${name}${configuration[size]}`);
  const said = new Set([
    ...words(`${data} ${data.replace(/\.[a-z]+$/i, '')} ${method} ${methodUnit(method).label} ${schedule}`),
    ...words(`none ${sizes.join(' ')} linear probe`),
    ...words(`seed ${seed} seed${seed}`),
  ]);
  return words(name).some((word) => !said.has(word));
}
