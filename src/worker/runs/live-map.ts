import type { Network } from '../../engine/model/types.js';
import type { RunSetup } from '../../engine/training/setup.js';
import type { MergeMap, PictureReference } from '../../protocol/maps.js';
import type { StepMetrics } from '../../protocol/run.js';
import type { Datasets } from '../inputs/datasets.js';
import type { Events } from '../events.js';
import { carryTrained, setUpToLook } from './looking.js';
import type { Mapper } from './mapping.js';

/** A live map comes at most this often, and takes at most this share of the time. */
const LIVE_MAP_MILLISECONDS = 1000;
const LIVE_MAP_SHARE = 0.03;

export interface Looked {
  readonly network: Network;
  readonly mapper: Mapper;
}

/** The present weights of a run that trains, at the size that photographs are looked at with; made when the first one is. */
export class Looking {
  #made: Promise<Looked> | null = null;

  readonly #trains: Network;
  readonly #setup: RunSetup;
  readonly #make: (setup: RunSetup) => Promise<Looked>;

  constructor(trains: Network, setup: RunSetup, make: (setup: RunSetup) => Promise<Looked>) {
    this.#trains = trains;
    this.#setup = setup;
    this.#make = make;
  }

  /** Null where the picture is looked at as the run sees it. */
  async mapper(picture: PictureReference): Promise<Mapper | null> {
    const setup = setUpToLook(this.#setup, this.#setup.configuration, picture);
    if (setup === this.#setup) return null;
    this.#made ??= this.#make(setup);
    const { network, mapper } = await this.#made;
    await carryTrained(await this.#trains.readTrained(), network);
    return mapper;
  }

  async destroy(): Promise<void> {
    const made = await this.#made?.catch(() => null);
    this.#made = null;
    await made?.mapper.destroy();
    made?.network.destroy();
  }
}

interface LiveMapParts {
  readonly mapper: Mapper;
  readonly looking: Looking;
  readonly datasets: Pick<Datasets, 'picture'>;
  readonly events: Events;
  readonly runId: string;
  readonly classes: readonly string[];
  /** The one that comes next, 1-based. */
  readonly epoch: number;
}

/** Maps of the watched picture while its run trains, with the weights of the moment. */
export class LiveMap {
  #watched: PictureReference | null = null;
  /** What one costs while nothing else runs; between steps it waits for those. */
  #milliseconds: number | null = null;
  #next = 0;
  #underWay = false;
  #epoch: number;
  ended = false;

  readonly #parts: LiveMapParts;

  constructor(parts: LiveMapParts) {
    this.#parts = parts;
    this.#epoch = parts.epoch;
  }

  async watch(picture: PictureReference | null): Promise<void> {
    this.#watched = picture;
    this.#next = 0;
    // Before the first step, when the GPU has nothing else to do.
    if (picture && this.#milliseconds === null) await this.#send(picture);
  }

  async map(picture: PictureReference): Promise<MergeMap> {
    const { looking, datasets, runId, classes } = this.#parts;
    const mapper = (await looking.mapper(picture)) ?? this.#parts.mapper;
    const map = await mapper.map(datasets, picture, () => ({ runId, epoch: this.#epoch }), classes);
    this.#milliseconds ??= map.milliseconds;
    return { ...map, milliseconds: this.#milliseconds };
  }

  stepped({ epoch }: StepMetrics): void {
    this.#epoch = epoch;
    if (this.#watched && !this.ended && performance.now() >= this.#next) void this.#send(this.#watched);
  }

  async #send(picture: PictureReference): Promise<void> {
    if (this.#underWay || this.ended) return;
    this.#underWay = true;
    try {
      const map = await this.map(picture);
      this.#parts.events.send({ kind: 'map', map });
      this.#next = performance.now() + Math.max(LIVE_MAP_MILLISECONDS, map.milliseconds / LIVE_MAP_SHARE);
    } catch (thrown) {
      // The run goes on without; the person is told once.
      this.#watched = null;
      this.#parts.events.error(thrown, this.#parts.runId);
    } finally {
      this.#underWay = false;
    }
  }

  end(): Promise<void> {
    this.ended = true;
    this.#watched = null;
    return this.#parts.mapper.destroy();
  }
}
