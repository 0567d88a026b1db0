import type { PixelCache } from '../../data/batches.js';
import { fingerprintOfParts } from '../../data/identity/fingerprint.js';
import type { Network } from '../../engine/model/types.js';
import type { Checkpoint } from '../../engine/training/checkpoint.js';
import { TrainingSession, type TrainingOutcome } from '../../engine/training/session.js';
import {
  adaptedMetadata,
  requireSameData,
  requireSameNumerics,
  requireTrainable,
  setUpRun,
  startRecord,
  type RunSetup,
} from '../../engine/training/setup.js';
import { writeAdapted } from '../../formats/adapted/adapted.js';
import type { MapRequest } from '../../protocol/api.js';
import type { Configuration } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { MergeMap, PictureReference } from '../../protocol/maps.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import type { Datasets } from '../inputs/datasets.js';
import type { Engine } from '../machine/engine.js';
import type { Estimates } from '../machine/estimates.js';
import type { Events } from '../events.js';
import type { Hold } from '../machine/hold.js';
import { LiveMap, Looking, type Looked } from './live-map.js';
import { Mapper, type Maps } from './mapping.js';
import type { Model, Models } from '../inputs/models.js';
import { openFor, openNetwork } from './networks.js';
import type { RunStore } from '../kept/run-store.js';

/** How often a run begins again on a new device: one that is lost more often will be lost again. */
const MOST_LOST = 3;

/** What a person calls and notes of a run, which may change while it trains. */
type Said = Pick<RunRecord, 'name' | 'notes'>;

const saidOf = ({ name, notes }: Said): Said => (notes === undefined ? { name } : { name, notes });

interface Active {
  readonly id: string;
  said: Said;
  readonly session: TrainingSession;
  readonly live: LiveMap;
}

export interface TrainingParts {
  readonly engine: () => Promise<Pick<Engine, 'network' | 'adapter'>>;
  readonly models: Pick<Models, 'require'>;
  readonly datasets: Pick<Datasets, 'requireFor' | 'picture'>;
  readonly runs: RunStore;
  readonly maps: Pick<Maps, 'forget'>;
  readonly events: Events;
  readonly estimates: Pick<Estimates, 'learn'>;
  readonly hold: Hold;
}

/** The one run that trains. */
export class Training {
  readonly #parts: TrainingParts;
  #busy = false;
  #active: Active | null = null;
  /** What a person asked for last, perhaps before the session was there. */
  #signal: 'run' | 'pause' | 'stop' = 'run';
  #watched: PictureReference | null = null;

  constructor(parts: TrainingParts) {
    this.#parts = parts;
  }

  get activeId(): string | null {
    return this.#active?.id ?? null;
  }

  watch(request: MapRequest | null): void {
    this.#watched = request?.picture ?? null;
    void this.#active?.live.watch(this.#watched);
  }

  /** A map by the present weights of the run that trains; null where that is another run, or none. */
  async map(runId: string, picture: PictureReference): Promise<MergeMap | null> {
    const active = this.#active;
    return active?.id === runId && !active.live.ended ? active.live.map(picture) : null;
  }

  adapt(configuration: Configuration, name: string): Promise<RunRecord> {
    return this.#alone(() => this.#persist(configuration, { id: crypto.randomUUID(), name }, null));
  }

  continueRun(runId: string): Promise<RunRecord> {
    return this.#alone(async () => {
      const { runs } = this.#parts;
      const record = await runs.require(runId);
      if (record.state === 'finished') {
        throw new PlaygroundError('usage', `${record.name}: is finished, so there is nothing to continue`, {
          subject: record.name,
        });
      }
      const checkpoint = await runs.checkpoint(runId);
      // Its name and notes may have changed since.
      const named = checkpoint && { ...checkpoint, record: { ...checkpoint.record, ...saidOf(record) } };
      return this.#persist(record.configuration, record, named);
    });
  }

  /** Gives the run that trains another name and notes. */
  say(said: Said): void {
    if (this.#active) this.#active.said = saidOf(said);
  }

  pause(): void {
    this.#require();
    this.#signal = 'pause';
    this.#active?.session.pause();
  }

  resume(): void {
    this.#require();
    this.#signal = 'run';
    this.#active?.session.resume();
  }

  stop(): void {
    this.#require();
    this.#signal = 'stop';
    this.#active?.session.stop();
  }

  #require(): void {
    if (!this.#busy) throw new PlaygroundError('usage', 'no run is training');
  }

  async #alone(work: () => Promise<RunRecord>): Promise<RunRecord> {
    if (this.#busy) throw new PlaygroundError('usage', 'another run is training; stop it first, or wait for its end');
    this.#busy = true;
    this.#signal = 'run';
    try {
      return await this.#parts.events.during(work);
    } finally {
      this.#busy = false;
      this.#active = null;
    }
  }

  /** Trains; where the device is lost, goes on from the last epoch on a new one. No two tabs train the same run. */
  async #persist(
    configuration: Configuration,
    named: { readonly id: string } & Said,
    checkpoint: Checkpoint | null,
  ): Promise<RunRecord> {
    return this.#parts.hold(`run ${named.name}`, named.id, async () => {
      let record = await this.#train(configuration, named, checkpoint);
      for (let lost = 0; record.error?.code === 'gpu.lost' && lost < MOST_LOST; lost++) {
        record = await this.#train(configuration, named, await this.#parts.runs.checkpoint(named.id));
      }
      return record;
    });
  }

  async #train(
    configuration: Configuration,
    named: { readonly id: string } & Said,
    checkpoint: Checkpoint | null,
  ): Promise<RunRecord> {
    const { models, datasets, events, maps, runs, estimates } = this.#parts;
    const model = await models.require(configuration);
    if (checkpoint) requireSameNumerics(checkpoint.record);
    const data = datasets.requireFor(configuration);
    const setup = setUpRun(configuration, model.architecture, data.dataset.classes.length);
    const pictures = data.pictures(configuration.imageSize, model.architecture);
    await this.#readPictures(pictures);
    requireTrainable(pictures, configuration);
    // Frees memory for training; networks that are asked for again compile in no time.
    await maps.forget();
    const engine = await this.#parts.engine();
    const network = await openNetwork({ engine, events, model, setup });
    const looking = new Looking(network, setup, (bigger) => this.#lookingAt(engine, model, bigger));
    try {
      const dataFingerprint = await fingerprintOfParts(pictures);
      const record = startRecord({ setup, ...named, adapter: engine.adapter, network, pictures, dataFingerprint });
      if (checkpoint) requireSameData(checkpoint.record, record);
      const live = new LiveMap({
        mapper: await this.#mapperOf(network, model, setup),
        looking,
        ...{ datasets, events, runId: record.id, classes: record.classes, epoch: (checkpoint?.epoch ?? 0) + 1 },
      });
      const session = new TrainingSession({
        network,
        pictures,
        record,
        ...(checkpoint ? { checkpoint } : {}),
        events: {
          onStep: (step) => {
            events.send({ kind: 'step', metrics: step });
            live.stepped(step);
          },
          onRecord: (now) => this.#recorded(now),
          onCheckpoint: (now) => this.#keepCheckpoint(now, setup),
          onPrepare: (what, done, total) => events.busy(what, done, total),
          onBusy: (what, done, total) => events.busy(what, done, total),
        },
      });
      this.#active = { id: record.id, said: saidOf(named), session, live };
      if (checkpoint) network.writeTrained(checkpoint.trained);
      this.#recorded(session.record);
      await live.watch(this.#watched);
      if (this.#signal !== 'run') session[this.#signal]();
      const { record: last, weights } = await session.run();
      const outcome = { record: this.#named(last), weights };
      await live.end();
      await this.#keepOutcome(outcome, model);
      await maps.forget(record.id);
      // Without it only the next estimate is worse.
      await estimates.learn(outcome.record).catch(() => undefined);
      return outcome.record;
    } finally {
      await looking.destroy();
      network.destroy();
      // The last record was sent to the page while the run still counted as active, so its writing may be under way.
      await runs.settled();
    }
  }

  async #mapperOf(network: Network, model: Model, setup: RunSetup): Promise<Mapper> {
    const { events } = this.#parts;
    const tracer = await network.tracer((done, total, stage) => events.busy(`${stage} for the live map`, done, total));
    return new Mapper({ setup, tracer, backbone: model.key });
  }

  /** Another network, for pictures of another size, beside the one that trains. */
  async #lookingAt(engine: Pick<Engine, 'network'>, model: Model, setup: RunSetup): Promise<Looked> {
    const { events } = this.#parts;
    return openFor({ engine, events, model, setup }, async (network) => ({
      network,
      mapper: await this.#mapperOf(network, model, setup),
    }));
  }

  /** Reads every picture once, to find broken ones. Those of a drawn task are drawn when they are needed. */
  async #readPictures(pictures: PixelCache): Promise<void> {
    const { dataset } = pictures;
    if (dataset.form === 'drawn task') return;
    const indices = Array.from({ length: dataset.length }, (_, index) => index);
    await pictures.prepare(indices, {
      onProgress: (done, total) => this.#parts.events.busy('Reading the pictures', done, total),
    });
  }

  #named(record: RunRecord): RunRecord {
    return { ...record, ...this.#active?.said };
  }

  #recorded(told: RunRecord): void {
    const record = this.#named(told);
    this.#parts.events.send({ kind: 'run', run: record });
    this.#parts.runs.save(record).catch((thrown: unknown) => this.#notKept(thrown, record));
  }

  async #keepCheckpoint(checkpoint: Checkpoint, { architecture }: RunSetup): Promise<void> {
    const { runs, events } = this.#parts;
    const { record, best } = checkpoint;
    try {
      await runs.saveCheckpoint(checkpoint);
      const metadata = adaptedMetadata(record, architecture);
      if (record.bestEpoch === checkpoint.epoch) await runs.saveWeights(record.id, writeAdapted(metadata, best));
      const epochs = await runs.saveEpoch(record.id, checkpoint.epoch, writeAdapted(metadata, checkpoint.trained));
      events.send({ kind: 'epochs', runId: record.id, epochs });
    } catch (thrown) {
      this.#notKept(thrown, record);
    }
  }

  async #keepOutcome({ record, weights }: TrainingOutcome, model: Model): Promise<void> {
    const { runs } = this.#parts;
    try {
      if (weights) await runs.saveWeights(record.id, writeAdapted(adaptedMetadata(record, model.architecture), weights));
      if (record.state === 'finished') await runs.removeCheckpoint(record.id);
    } catch (thrown) {
      this.#notKept(thrown, record);
    }
  }

  /** If the run cannot be kept, for example because the disk is full, an event says so, and training continues. */
  #notKept(thrown: unknown, record: RunRecord): void {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    this.#parts.events.error(
      new PlaygroundError('file.unreadable', `${record.name}: the run could not be kept in this browser (${why})`, {
        subject: record.name,
        cause: thrown,
      }),
      record.id,
    );
  }
}
