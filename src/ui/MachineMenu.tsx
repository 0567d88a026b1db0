import { Popover } from 'radix-ui';
import { readMachineChoice, writeMachineChoice, type MachineChoice, type MachineOffer } from '../protocol/machines.js';
import type { AdapterDescription, MachineKind } from '../protocol/runs/run.js';
import { Button } from './common/controls.js';
import { Icon } from './common/Icon.js';
import { usePlayground } from './playground.js';

const KINDS: Readonly<Record<MachineKind, string>> = { gpu: 'Graphics card', software: 'Software GPU', cpu: 'CPU' };

const gflopsWords = (gflops: number): string =>
  gflops >= 1000 ? `${(gflops / 1000).toPrecision(3)} TFLOP/s` : `${Number(gflops.toPrecision(gflops < 10 ? 2 : 3))} GFLOP/s`;

/** The adapter's name without its kind, which stands beside it: `8 threads` for `CPU, 8 threads`. */
const detailOf = ({ kind, name }: AdapterDescription): string => (kind === 'cpu' ? name.replace(/^CPU, /, '') : name);

const chosen = (): MachineChoice => readMachineChoice(new URLSearchParams(location.search).get('machine') ?? '');

/** Changes the address and loads the page again: a worker keeps its machine, so another machine needs a new worker. Kept data stays. */
function change(choice: MachineChoice): void {
  const address = new URL(location.href);
  if (choice.kind === 'auto') address.searchParams.delete('machine');
  else address.searchParams.set('machine', writeMachineChoice(choice));
  location.assign(address);
  if (address.search === location.search) location.reload();
}

/** What computes, and a menu to change it: every machine that is available, with its measured speed. */
export function MachineMenu() {
  const adapter = usePlayground((state) => state.adapter);
  const connection = usePlayground((state) => state.connection);
  const askMachines = usePlayground((state) => state.askMachines);
  if (!adapter) {
    return (
      <div className="header-adapter">
        {connection === 'starting' ? 'Looking for what can compute…' : 'Nothing to compute on'}
      </div>
    );
  }
  return (
    <Popover.Root onOpenChange={(open) => open && void askMachines()}>
      <Popover.Trigger asChild>
        <button
          type="button"
          className="header-adapter machine-trigger"
          title={`What computes; press to change it. ${adapter.description}`.trim()}
        >
          <span className="tag" data-look={adapter.kind === 'software' ? 'soft' : 'hard'}>
            {KINDS[adapter.kind]}
          </span>
          <span className="truncate detail" data-testid="adapter-name">
            {detailOf(adapter)}
            {adapter.gflops !== undefined && ` · ${gflopsWords(adapter.gflops)}`}
          </span>
          <Icon name="down" />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="popover machine-menu small"
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label="What computes"
        >
          <Menu adapter={adapter} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Menu({ adapter }: { adapter: AdapterDescription }) {
  const machines = usePlayground((state) => state.machines);
  const measuring = usePlayground((state) => state.diagnosing === 'machines');
  const training = usePlayground((state) => state.training !== 'idle');
  const inUse = adapter.kind === 'cpu' ? 'cpu' : 'gpu';
  return (
    <>
      <h3>What computes</h3>
      {machines?.map((offer) => (
        <Offer key={offer.kind} offer={offer} used={offer.kind === inUse} disabled={training} />
      ))}
      {!machines && <p className="soft">{measuring ? 'Measuring…' : 'Other machines are measured when nothing else runs.'}</p>}
      {adapter.kind === 'cpu' && <Threads disabled={training} />}
      <p className="faint">
        {training
          ? 'A run is training: the machine can be changed when it has ended.'
          : 'Speeds are of a matrix product as in ViT-S. Changing the machine reloads the page; set-up, data and runs are kept.'}
      </p>
      {chosen().kind !== 'auto' && (
        <Button look="quiet" disabled={training} onClick={() => change({ kind: 'auto', threads: null })}>
          Let the page choose
        </Button>
      )}
    </>
  );
}

function Offer({ offer, used, disabled }: { offer: MachineOffer; used: boolean; disabled: boolean }) {
  const name = 'adapter' in offer ? KINDS[offer.adapter.kind] : offer.kind === 'gpu' ? 'WebGPU' : 'CPU';
  return (
    <div className="machine-offer">
      <div>
        <span className="strong">{name}</span>{' '}
        {'adapter' in offer ? (
          <>
            {detailOf(offer.adapter)} · <span className="number">{gflopsWords(offer.gflops)}</span>
          </>
        ) : (
          <span className="soft">{offer.problem}</span>
        )}
      </div>
      {used ? (
        <span className="soft">in use</span>
      ) : (
        'adapter' in offer && (
          <Button disabled={disabled} onClick={() => change({ kind: offer.kind, threads: null })}>
            Use it
          </Button>
        )
      )}
    </div>
  );
}

/** Fewer threads leave more of the computer to other work; the results stay the same to the bit. */
function Threads({ disabled }: { disabled: boolean }) {
  const most = navigator.hardwareConcurrency;
  const now = chosen().threads ?? most;
  const counts = [...new Set([1, 2, 4, 6, 8, 12, 16, 24, 32, most, now].filter((count) => count <= Math.max(most, now)))];
  return (
    <label className="machine-offer">
      <span>CPU threads; the results are the same for any number</span>
      <select
        className="select"
        value={now}
        disabled={disabled}
        onChange={(event) => change({ ...chosen(), kind: 'cpu', threads: Number(event.target.value) })}
      >
        {counts
          .sort((a, b) => a - b)
          .map((count) => (
            <option key={count} value={count}>
              {count}
            </option>
          ))}
      </select>
    </label>
  );
}
