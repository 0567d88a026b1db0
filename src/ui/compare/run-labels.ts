import { adapterTags } from '../../vit/adapters/index.js';
import { BUNDLED, type Configuration, type Selection } from '../../vit/configuration.js';
import { methodUnit, reduces } from '../../vit/methods/index.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { counted, dataName } from '../format.js';

/** What trains, in a few words: `LoRA 8`, `LoRA 8, adapter 8`, `linear`. */
export const peftLabel = (configuration: Configuration): string => adapterTags(configuration).join(', ');

/** The schedule as it was typed, or `–` for a run without merging. */
export const scheduleLabel = ({ method, schedule }: Configuration): string => (reduces(method) ? schedule : '–');

/** A run in one line: method, schedule and seed. */
export function runLabel({ configuration }: RunRecord): string {
  const { method, seed } = configuration;
  const schedule = reduces(method) ? ` ${configuration.schedule}` : '';
  return `${methodUnit(method).label}${schedule}, seed ${seed}`;
}

/** Which epoch's weights a run keeps, in a word or two. */
export const SELECTION_NAMES: Readonly<Record<Selection, string>> = {
  accuracy: 'most accurate',
  loss: 'lowest-loss',
  last: 'last',
};

/** The augmentation in words: `none`, or `mirrored, cut 0.2, colour 0.1`. */
export function augmentationWords({ flip, crop, colour }: Configuration): string {
  const parts = [flip ? 'mirrored' : '', crop > 0 ? `cut ${crop}` : '', colour > 0 ? `colour ${colour}` : ''];
  return parts.filter((part) => part !== '').join(', ') || 'none';
}

/** Options without a column in the table of runs, each in a few words. */
const OTHERS: readonly ((configuration: Configuration) => string)[] = [
  ({ data }) => dataName(data),
  // The bundled backbone is not mentioned.
  ({ model }) => (model === BUNDLED ? '' : model),
  ({ imageSize }) => `${imageSize} px`,
  peftLabel,
  ({ epochs }) => counted(epochs, 'epoch'),
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

/** For each configuration, the options without a column that are not equal in all of them: enough to tell any two apart. */
export function differencesAmong(all: readonly Configuration[]): (configuration: Configuration) => readonly string[] {
  const varying = OTHERS.filter((words) => new Set(all.map(words)).size > 1);
  return (configuration) => varying.map((words) => words(configuration)).filter((text) => text !== '');
}
