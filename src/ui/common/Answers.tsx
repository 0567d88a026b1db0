import type { Question } from '../../vit/errors.js';
import { occupied } from '../../store/facts.js';
import { usePlayground } from '../playground.js';
import { Button } from './controls.js';
import { Said } from './Equation.js';

/**
 * The answers to a question about files, each with what it makes of them. Unless the question is open, the first is the current reading.
 *
 * @param refused whether the files were refused because of it; otherwise they are in use.
 */
export function Answers({ question, refused = false }: { question: Question; refused?: boolean }) {
  const { option, answers, open = false } = question;
  const answerData = usePlayground((state) => state.answerData);
  const answerRefused = usePlayground((state) => state.answerRefused);
  const disabled = usePlayground(occupied);
  const answer = refused ? answerRefused : answerData;
  return (
    <ul className="answers">
      {answers.map(({ value, title }, i) => (
        <li key={value}>
          <span>
            <Said text={title} />
          </span>
          {i === 0 && !open ? (
            <span className="soft">(current reading)</span>
          ) : (
            <Button disabled={disabled} onClick={() => void answer(option, value)}>
              Read it so
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
