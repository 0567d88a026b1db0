import type { NamedTensor } from '../../containers/tensors.js';
import type { Network } from '../../engine/model/types.js';
import type { RunSetup } from '../../engine/training/setup.js';
import { requireSameBundled } from '../../formats/backbones/fingerprint.js';
import type { AdaptedMetadata } from '../../formats/types.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import type { Events } from '../events.js';
import type { Model, Models } from '../inputs/models.js';
import type { RunStore } from '../kept/run-store.js';
import type { Engine } from '../machine/engine.js';

/** Where kept runs' weights and their backbones are found. */
export interface RunSources {
  readonly runs: Pick<RunStore, 'weights'>;
  readonly models: Pick<Models, 'requireFor'>;
}

/** What it takes to find a kept run and open its networks. */
export interface NetworkParts extends RunSources {
  readonly engine: () => Promise<Pick<Engine, 'network'>>;
  readonly runs: Pick<RunStore, 'require' | 'weights'>;
  readonly events: Events;
}

export interface RunWeights {
  readonly metadata: AdaptedMetadata;
  readonly trained: ReadonlyMap<string, NamedTensor>;
  /** The backbone that they were trained on. */
  readonly model: Model;
}

/** A run's weights after its best epoch, or after one that is kept. Rejects where they or the backbone they were trained on are not there. */
export async function weightsOf({ runs, models }: RunSources, record: RunRecord, epoch?: number): Promise<RunWeights> {
  const { metadata, trained } = await runs.weights(record, epoch);
  const model = await models.requireFor(metadata, record.name);
  await requireSameBundled(
    record,
    () => model.loaded.reader,
    'its record can be read, but to use its weights the run must be trained again',
  );
  return { metadata, trained, model };
}

export interface Opening {
  readonly engine: Pick<Engine, 'network'>;
  readonly events: Pick<Events, 'busy'>;
  readonly model: Model;
  readonly setup: RunSetup;
}

/** Makes a network with initial trained weights, and reports to the page how many of the backbone's weights are loaded. */
export function openNetwork({ engine, events, model, setup }: Opening): Promise<Network> {
  return engine.network(model, setup, (done, total) => events.busy('Loading the weights', done, total));
}

/** Opens a network and hands it to `make`, whose result is to own it; where `make` fails the network is destroyed. */
export async function openFor<T>(opening: Opening, make: (network: Network) => Promise<T>): Promise<T> {
  const network = await openNetwork(opening);
  try {
    return await make(network);
  } catch (thrown) {
    network.destroy();
    throw thrown;
  }
}
