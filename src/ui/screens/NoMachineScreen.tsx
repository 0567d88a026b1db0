import { problemAt } from '../../store/facts.js';
import { Button } from '../common/controls.js';
import { usePlayground } from '../playground.js';

/** Where what the address asks for is not there, or the browser can compute on nothing: what was found, and the way on. */
export function NoMachineScreen() {
  const problem = usePlayground((state) => problemAt(state, 'connection'));
  const address = new URL(location.href);
  const asked = address.searchParams.has('machine');
  address.searchParams.delete('machine');
  return (
    <main className="screen" tabIndex={0}>
      <div className="screen-body prose">
        <h2>Nothing to compute on</h2>
        <p role="alert">{problem?.message ?? 'The browser gave nothing to compute on.'}</p>
        <p>
          <Button look="filled" onClick={() => location.assign(address)}>
            {asked ? 'Let the page choose what computes' : 'Try again'}
          </Button>
        </p>
      </div>
    </main>
  );
}
