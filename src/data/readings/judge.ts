import type { SkippedFile } from '../../protocol/api.js';
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { isDocumentation } from '../paths.js';
import { nameTogether } from './left-out.js';
import { nothingTells } from './loose/loose.js';
import type { Evidence, Given, Proposal, Question, Reading, ReadingOptions, Refusal } from './types.js';

/** What one explained picture counts, by how sure its label is. */
const WEIGHT: Readonly<Record<Evidence, number>> = { declared: 1, said: 1, shown: 0.9, guessed: 0.5 };
/** What a refusal counts for each picture that it is about: more than a guess, less than folders that lie as class folders do. */
const REFUSAL_WEIGHT = 0.8;
/** What a picture or a container that is left unexplained takes off. */
const LEFT_WEIGHT = 0.25;
/** A reading this close to the best is asked about. */
const CLOSE = 0.85;

const scoreOf = (given: Given, reading: Reading): number => {
  const left = given.pictures.filter((file) => !reading.accounts.has(file)).length;
  return WEIGHT[reading.evidence] * (reading.explains ?? reading.examples.length) - LEFT_WEIGHT * left;
};

/** Classes, parts and the rule of a reading in a few words. */
export function spelled({ classes, examples, partsFrom, labelsFrom }: Reading): string {
  const shown = classes.slice(0, 5).join(', ');
  const parts = [...new Set(examples.map(({ part }) => part))].filter((part) => part !== null);
  const told = parts.length === 0 || partsFrom === null ? 'no parts' : `parts ${parts.join(', ')}`;
  return `${classes.length} classes (${shown}${classes.length > 5 ? ', ...' : ''}), ${told}, ${examples.length} pictures, by ${labelsFrom}`;
}

const sameLabels = (a: Reading, b: Reading): boolean =>
  a.classes.length === b.classes.length &&
  a.classes.every((title, i) => title === b.classes[i]) &&
  a.examples.length === b.examples.length;

/** What the reading leaves unexplained, unless it is there to be read by people. */
function unexplained(given: Given, reading: Reading, refusals: readonly Refusal[]): SkippedFile[] {
  const reasons = new Map<ByteSource, string>();
  for (const { accounts, reason } of refusals) for (const file of accounts) if (!reasons.has(file)) reasons.set(file, reason);
  const groups = new Map<string, ByteSource[]>();
  for (const file of [...given.others, ...given.pictures]) {
    if (reading.accounts.has(file)) continue;
    const reason = reasons.get(file) ?? (isDocumentation(file.name) ? null : 'is no picture');
    if (reason === null) continue;
    const group = groups.get(reason);
    if (group) group.push(file);
    else groups.set(reason, [file]);
  }
  const left = [...groups].flatMap(([reason, files]) => nameTogether(files, reason, 'files'));
  return left;
}

/** What was decided, and what was left aside. */
export interface Judgement {
  readonly reading: Reading;
  readonly leftOut: readonly SkippedFile[];
  readonly questions: readonly Question[];
}

/**
 * The reading that explains most pictures with the surest labels and leaves least; another that comes close and says something
 * else is a question. Where nothing explains more than what a refusal is about, the refusal is the answer.
 *
 * @throws PlaygroundError the refusal's, `option.invalid` for a form that nothing has, or `data.empty` and `data.one-class`.
 */
export function judge(given: Given, proposals: readonly Proposal[], options: ReadingOptions): Judgement {
  const readings = proposals.filter((proposal) => proposal.kind === 'reading');
  const refusals = proposals.filter((proposal) => proposal.kind === 'refusal');
  const wanted = options.form === undefined ? readings : readings.filter(({ form }) => form === options.form);
  if (options.form !== undefined && wanted.length === 0) {
    const there = [...new Set(readings.map(({ form }) => form))].join(', ');
    throw new PlaygroundError(
      'option.invalid',
      `${given.name}: cannot be read as '${options.form}'${there === '' ? '' : `; it can as ${there}`}`,
      { subject: 'form' },
    );
  }
  const ranked = wanted.map((reading) => ({ reading, score: scoreOf(given, reading) })).sort((a, b) => b.score - a.score);
  const [best, next] = ranked;
  const [refusal] = [...refusals].sort((a, b) => b.pictures - a.pictures);
  if (!best || (options.form === undefined && refusal && REFUSAL_WEIGHT * refusal.pictures > best.score)) {
    if (refusal) throw refusal.error;
    if (given.pictures.length > 0) throw nothingTells(given);
    throw nothingThere(given);
  }
  const { reading } = best;
  const questions = [...reading.questions];
  const asked = questions.some(({ option }) => option === 'form');
  if (
    !asked &&
    next &&
    next.score >= CLOSE * best.score &&
    next.reading.form !== reading.form &&
    !sameLabels(reading, next.reading)
  ) {
    questions.push({
      text: `${given.name} can be read in two ways; the first counts`,
      option: 'form',
      answers: [reading, next.reading].map((each) => ({ value: each.form, title: spelled(each) })),
    });
  }
  const unreadable = [...given.unreadable].map(([file, reason]) => ({ name: file.name, reason }));
  return { reading, leftOut: [...unreadable, ...reading.leftOut, ...unexplained(given, reading, refusals)], questions };
}

function nothingThere(given: Given): PlaygroundError {
  const [first] = [...given.unreadable].map(([file, reason]) => ({ name: file.name, reason }));
  const stranger = given.others.find((file) => !isDocumentation(file.name));
  const named = first ?? (stranger ? { name: stranger.name, reason: 'is no picture' } : undefined);
  const more = given.unreadable.size > 1 ? ` and ${given.unreadable.size - 1} more` : '';
  const detail = named ? `; left out: ${named.name} (${named.reason})${more}` : '';
  return new PlaygroundError('data.empty', `${given.name}: holds no pictures that can be learnt from${detail}`, {
    subject: given.name,
  });
}
