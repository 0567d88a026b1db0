import { Backbone } from '../../engine/model/backbone.js';
import { backboneForm, createNetwork, networkOf, stateOn } from '../../engine/model/network.js';
import type { Network, NetworkOptions } from '../../engine/model/types.js';
import type { Machine } from '../../engine/plan/machine.js';
import type { StorageMaker } from '../../engine/plan/tensor.js';
import type { RunSetup } from '../../engine/training/setup.js';
import type { PlaygroundError } from '../../vit/errors.js';
import type { AdapterDescription } from '../../protocol/runs/run.js';
import type { Model } from '../inputs/models.js';
import { Turn } from '../../protocol/turn.js';

type Progress = (done: number, total: number) => void;

interface SharedBackbone {
  readonly key: string;
  readonly uploaded: Promise<Backbone>;
  users: number;
}

/**
 * The machine, with each backbone's frozen weights on it once for all networks. Plans are compiled one after the other, since two that
 * measure kernels at the same time would disturb each other's measurements.
 */
export class Engine {
  readonly #building = new Turn();
  #backbones: SharedBackbone[] = [];

  constructor(readonly machine: Machine) {}

  get adapter(): AdapterDescription {
    return this.machine.adapter;
  }

  get lost(): Promise<PlaygroundError> {
    return this.machine.lost;
  }

  /** A network with initial values for what is trained. Its owner destroys the plans made from it, and after them the network. */
  async network(model: Model, setup: RunSetup, onProgress?: Progress): Promise<Network> {
    const { architecture, options } = setup;
    // Trained backbone weights cannot be shared with other networks.
    if (options.trainsBackbone) {
      return this.#inTurn(await createNetwork(this.machine, architecture, model.loaded.reader, options, onProgress));
    }
    const shared = this.#backbone(model, options, onProgress);
    shared.users++;
    let backbone: Backbone | undefined;
    const release = (): void => {
      backbone?.release();
      shared.users--;
    };
    try {
      backbone = (await shared.uploaded).forGrid(backboneForm(architecture, options).gridSide);
      const state = stateOn((storage) => this.machine.storage(storage), architecture, backbone, options);
      return this.#inTurn(networkOf(this.machine, state, release));
    } catch (thrown) {
      release();
      throw thrown;
    }
  }

  #inTurn(network: Network): Network {
    return {
      ...network,
      trainer: (batch, progress) => this.#building.take(() => network.trainer(batch, progress)),
      evaluator: (batch, progress) => this.#building.take(() => network.evaluator(batch, progress)),
      tracer: (progress) => this.#building.take(() => network.tracer(progress)),
    };
  }

  /** Runs work during which no plan is compiled and no kernel measured. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#building.take(work);
  }

  /** A backbone without users stays until another one is needed, since the next network often has the same one, for pictures of any size. */
  #backbone(model: Model, options: NetworkOptions, onProgress?: Progress): SharedBackbone {
    const form = backboneForm(model.architecture, options);
    const key = `${model.key}${form.half ? ' half' : ''}`;
    const known = this.#backbones.find((shared) => shared.key === key);
    if (known) return known;
    for (const unused of this.#backbones.filter((shared) => shared.users === 0)) {
      void unused.uploaded.then((backbone) => backbone.release());
    }
    const { architecture, loaded } = model;
    const make: StorageMaker = (storage) => this.machine.storage(storage);
    const uploaded = Backbone.upload(make, architecture, loaded.reader, form, onProgress);
    const shared: SharedBackbone = { key, uploaded, users: 0 };
    this.#backbones = [...this.#backbones.filter(({ users }) => users > 0), shared];
    uploaded.catch(() => {
      this.#backbones = this.#backbones.filter((other) => other !== shared);
    });
    return shared;
  }

  destroy(): void {
    this.machine.destroy();
  }
}
