import { problemAt } from '../../store/facts.js';
import { Button } from '../common/controls.js';
import { Said } from '../common/Equation.js';
import { usePlayground } from '../playground.js';

/** Shown if the machine that the address asks for is missing, or the browser has none: what was found, and what to do. */
export function NoMachineScreen() {
  const problem = usePlayground((state) => problemAt(state, 'connection'));
  const address = new URL(location.href);
  const asked = address.searchParams.has('machine');
  address.searchParams.delete('machine');
  return (
    <main className="screen" tabIndex={0}>
      <div className="screen-body prose">
        <h2>Nothing to compute on</h2>
        <p role="alert">
          <Said text={problem?.message ?? 'The browser offers nothing to compute on.'} />
        </p>
        <p>
          <Button look="filled" onClick={() => location.assign(address)}>
            {asked ? 'Let the page choose what computes' : 'Try again'}
          </Button>
        </p>
      </div>
    </main>
  );
}
