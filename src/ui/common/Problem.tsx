import type { ReactNode } from 'react';
import { problemAt } from '../../store/facts.js';
import type { Place } from '../../store/state/problems.js';
import { usePlayground } from '../playground.js';
import { Answers } from './Answers.js';
import { Button } from './controls.js';
import { Said } from './Equation.js';
import { Icon } from './Icon.js';

/** The error of a place on the page, shown until it is dismissed or no longer holds. @param action a control that resolves it. */
export function Problem({ place, action }: { place: Place; action?: ReactNode }) {
  const problem = usePlayground((state) => problemAt(state, place));
  const dismiss = usePlayground((state) => state.dismiss);
  if (!problem) return null;
  return (
    <div className="problem" role="alert" data-place={place}>
      <p>
        <Said text={problem.message} />
      </p>
      <Button look="quiet" onClick={() => dismiss(place)} aria-label="Dismiss this message">
        <Icon name="close" />
      </Button>
      {problem.question && <Answers question={problem.question} refused />}
      {action}
    </div>
  );
}
