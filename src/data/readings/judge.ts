import type { SkippedFile } from '../../protocol/api.js';
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { isDocumentation } from '../paths.js';
import { nameTogether } from './left-out.js';
import { nothingTells } from './loose/loose.js';
import type { Evidence, Given, Proposal, Question, Reading, ReadingOptions, Refusal } from './types.js';

/** The score of each picture that a reading explains, by how sure its label is. */
const WEIGHT: Readonly<Record<Evidence, number>> = { declared: 1, said: 1, shown: 0.9, guessed: 0.5 };
/** The score of a refusal for each picture that it is about: more than a guess, less than class folders. */
const REFUSAL_WEIGHT = 0.8;
/** The deduction for each picture that a reading leaves unexplained. */
const LEFT_WEIGHT = 0.25;
/** The user is asked about a second reading whose score is at least this fraction of the best. */
const CLOSE = 0.85;

const scoreOf = (given: Given, reading: Reading): number => {
  const left = given.pictures.filter((file) => !reading.accounts.has(file)).length;
  return WEIGHT[reading.evidence] * (reading.explains ?? reading.examples.length) - LEFT_WEIGHT * left;
};

/** A reading's classes, parts and source of labels, in a few words. */
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

/** The files that the reading does not account for, with reasons; documentation is not listed. */
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

/** The chosen reading, what it leaves out, and what to ask the user. */
export interface Judgement {
  readonly reading: Reading;
  readonly leftOut: readonly SkippedFile[];
  readonly questions: readonly Question[];
}

/**
 * Chooses the reading with the best score: many pictures explained by sure labels, few left over. If another form comes close with other
 * labels, the user is asked. If a refusal scores higher than every reading, its error is thrown.
 *
 * @throws PlaygroundError the refusal's; `option.invalid` where no reading has the form that was asked for; `data.empty` or
 *   `data.one-class` where there is no reading.
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
  // A reading of one class would only be refused for that.
  const lone = best && new Set(best.reading.examples.map(({ label }) => label)).size < 2;
  const refuses = options.form === undefined && refusal && (lone || REFUSAL_WEIGHT * refusal.pictures > (best?.score ?? 0));
  if (!best || refuses) {
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
  // A table that would label the pictures, if a person said by which column.
  const open = refusals.flatMap(({ pictures, error: { question: refused } }) => (pictures > 0 && refused ? [refused] : []));
  if (!questions.some(({ option }) => option === 'labelColumn')) questions.push(...open.slice(0, 1));
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
