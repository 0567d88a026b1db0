import type { Network, Tracer } from '../../engine/model/types.js';
import { HEAD_ALONE } from '../../vit/adapters/index.js';
import { drawsPairs } from '../../vit/methods/index.js';
import { softmax } from '../../engine/training/prediction.js';
import { setUpAdapted, setUpRun, type RunSetup } from '../../engine/training/setup.js';
import type { NamedTensor } from '../../containers/tensors.js';
import { readTrained } from '../../formats/backbones/weights.js';
import type { MapRequest, MapWeights } from '../../protocol/api.js';
import { protectedTokens } from '../../vit/architecture.js';
import type { MergeMap, PictureReference } from '../../protocol/maps.js';
import type { Datasets } from '../inputs/datasets.js';
import type { Engine } from '../machine/engine.js';
import type { Events } from '../events.js';
import type { Model, Models } from '../inputs/models.js';
import type { RunStore } from '../kept/run-store.js';
import { carryTrained, setUpToLook } from './looking.js';
import { openFor, weightsOf } from './networks.js';
import { Turn } from '../../protocol/turn.js';

/** Networks that stay compiled: for two panes, in each of which one goes back and forth between two schedules. */
const KEPT_TRACERS = 4;

/** The classes of an untrained head, whose output is not used: the fewest that a network can have. */
const UNTRAINED_CLASSES = 2;

export interface MapperParts {
  readonly setup: RunSetup;
  readonly tracer: Tracer;
  /** The backbone's {@link Model.key}. */
  readonly backbone: string;
}

/** Makes maps by one network, of one picture at a time. */
export class Mapper {
  readonly #made: MapperParts;
  readonly #turn = new Turn();

  constructor(made: MapperParts) {
    this.#made = made;
  }

  /**
   * @param weights whose weights the map names, asked for when the picture's turn comes.
   * @param classes names of the head's classes; empty where the head is untrained, and the map has no probabilities then.
   */
  map(
    datasets: Pick<Datasets, 'picture'>,
    picture: PictureReference,
    weights: () => MergeMap['weights'],
    classes: readonly string[],
  ): Promise<MergeMap> {
    const { setup, tracer, backbone } = this.#made;
    const { architecture, configuration, options } = setup;
    return this.#turn.take(async () => {
      const { pixels, data, truth } = await datasets.picture(picture, options.imageSize, architecture);
      const shown = weights();
      const { logits, blocks, milliseconds } = await tracer.trace(pixels);
      return {
        weights: shown,
        backbone,
        configuration,
        picture,
        data,
        truth,
        gridSide: Math.floor(options.imageSize / architecture.patchSize),
        imageSize: options.imageSize,
        protectedTokens: protectedTokens(architecture),
        pixels: new Uint8ClampedArray(pixels),
        blocks,
        classes,
        probabilities: classes.length > 0 ? softmax(logits) : new Float32Array(0),
        milliseconds,
      };
    });
  }

  /** Destroys the tracer once the picture under way is done. */
  destroy(): Promise<void> {
    return this.#turn.take(async () => this.#made.tracer.destroy());
  }
}

interface Described {
  readonly model: Model;
  readonly setup: RunSetup;
  readonly trained?: ReadonlyMap<string, NamedTensor>;
  /** Whether the network sees more tokens than the one in which `trained` was trained. */
  readonly carried?: boolean;
  /** The backbone's own heads; other weights that could be trained keep their initial values. */
  readonly heads?: ReadonlyMap<string, NamedTensor>;
}

/** Names of the classes of a backbone's own head; null where it has no head, or none with names. */
function ownLabels({ loaded: { labels, reader, adapted } }: Model): readonly string[] | null {
  return labels && !adapted && reader.shape('head.weight')?.[0] === labels.length ? labels : null;
}

type RunWeights = Extract<MapWeights, { readonly kind: 'run' }>;

/** What is done with a mapper once its network is compiled. */
type Look = (mapper: Mapper) => Promise<MergeMap>;

interface Kept {
  readonly key: string;
  readonly network: Network;
  readonly mapper: Mapper;
}

/** Makes maps of pictures by the backbone, merging as the configuration says, and by kept runs. The latest networks stay compiled. */
export class Maps {
  readonly #kept: Kept[] = [];
  readonly #making = new Turn();

  readonly #engine: () => Promise<Pick<Engine, 'network'>>;
  readonly #models: Pick<Models, 'require' | 'requireFor'>;
  readonly #datasets: Pick<Datasets, 'picture'>;
  readonly #runs: RunStore;
  readonly #events: Events;

  constructor(
    engine: () => Promise<Pick<Engine, 'network'>>,
    models: Pick<Models, 'require' | 'requireFor'>,
    datasets: Pick<Datasets, 'picture'>,
    runs: RunStore,
    events: Events,
  ) {
    this.#engine = engine;
    this.#models = models;
    this.#datasets = datasets;
    this.#runs = runs;
    this.#events = events;
  }

  async map(request: MapRequest): Promise<MergeMap> {
    const { weights, picture } = request;
    if (weights.kind === 'backbone') {
      const model = await this.#models.require(request.configuration);
      const labels = ownLabels(model);
      const map = await this.#ofBackbone(request, model, labels, (mapper) =>
        mapper.map(this.#datasets, picture, () => 'backbone', labels ?? []),
      );
      // The kept network may be of another configuration that computes the same.
      return { ...map, configuration: request.configuration };
    }
    const record = await this.#runs.require(weights.runId);
    const shown = { runId: record.id, epoch: weights.epoch ?? record.bestEpoch ?? 0 };
    return this.#ofRun(weights, request, (mapper) => mapper.map(this.#datasets, picture, () => shown, record.classes));
  }

  async #ofBackbone(
    { configuration }: MapRequest,
    model: Model,
    labels: readonly string[] | null,
    look: Look,
  ): Promise<MergeMap> {
    // Nothing is trained, and LoRA and the adapter begin with no effect: so only the head is made, and the seed matters only where the
    // method draws pairs by it.
    const linear = { ...configuration, peft: HEAD_ALONE, seed: drawsPairs(configuration.method) ? configuration.seed : 0 };
    const setup = setUpRun(linear, model.architecture, labels?.length ?? UNTRAINED_CLASSES);
    const { imageSize, method, proportionalAttention, schedule, seed } = setup.options;
    const key = `${model.key}|${imageSize}|${method}|${schedule.join()}|${proportionalAttention}|${seed}`;
    return this.#with(key, async () => ({ model, setup, ...(labels ? { heads: await readTrained(model.loaded) } : {}) }), look);
  }

  #ofRun({ runId, epoch }: RunWeights, { method, picture }: MapRequest, look: Look): Promise<MergeMap> {
    const describe = async (): Promise<Described> => {
      const record = await this.#runs.require(runId);
      const { metadata, trained, model } = await weightsOf({ runs: this.#runs, models: this.#models }, record, epoch);
      const merging = setUpAdapted(metadata);
      const { configuration } = metadata;
      const { architecture } = merging;
      const own = method ? setUpRun({ ...configuration, method }, architecture, metadata.classes.length) : merging;
      const setup = setUpToLook(own, { ...configuration, ...(method ? { method } : {}) }, picture);
      return { model, setup, trained, carried: setup !== own };
    };
    const key = `run ${runId}|${method ?? 'its own'}|${epoch ?? 'best'}|${picture.part === 'photograph'}`;
    return this.#with(key, describe, look);
  }

  /** Begins the map before the turn ends, since a network is dropped only in another turn, which waits for maps that use it. */
  async #with(key: string, describe: () => Promise<Described>, look: Look): Promise<MergeMap> {
    const { map } = await this.#making.take(async () => {
      const looking = look(await this.#mapper(key, describe));
      // Handled by who awaits the map; this only keeps it from counting as unhandled until then.
      looking.catch(() => undefined);
      return { map: looking };
    });
    return map;
  }

  async #mapper(key: string, describe: () => Promise<Described>): Promise<Mapper> {
    const at = this.#kept.findIndex((kept) => kept.key === key);
    const known = this.#kept[at];
    if (known) {
      this.#kept.splice(at, 1);
      this.#kept.push(known);
      return known.mapper;
    }
    const { model, setup, trained, carried = false, heads } = await describe();
    const engine = await this.#engine();
    const events = this.#events;
    return events.during(async () => {
      const kept = await openFor({ engine, events, model, setup }, async (network) => {
        if (trained && carried) await carryTrained(trained, network);
        else if (trained) network.writeTrained(trained);
        if (heads) network.writeTrained(new Map([...(await network.readTrained()), ...heads]));
        const tracer = await network.tracer((done, total, stage) => events.busy(`${stage} for the map`, done, total));
        return { key, network, mapper: new Mapper({ setup, tracer, backbone: model.key }) };
      });
      this.#kept.push(kept);
      while (this.#kept.length > KEPT_TRACERS) await this.#drop(this.#kept.shift());
      return kept.mapper;
    });
  }

  async #drop(kept: Kept | undefined): Promise<void> {
    await kept?.mapper.destroy();
    kept?.network.destroy();
  }

  /** Drops the networks of a run whose weights changed, or all networks. */
  forget(runId?: string): Promise<void> {
    return this.#making.take(async () => {
      const gone = this.#kept.filter(({ key }) => runId === undefined || key.startsWith(`run ${runId}|`));
      for (const kept of gone) {
        this.#kept.splice(this.#kept.indexOf(kept), 1);
        await this.#drop(kept);
      }
    });
  }
}
