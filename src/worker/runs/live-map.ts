import type { Network } from '../../engine/model/types.js';
import type { RunSetup } from '../../engine/training/setup.js';
import type { MergeMap, PictureReference } from '../../protocol/maps.js';
import type { StepMetrics } from '../../protocol/runs/run.js';
import type { Datasets } from '../inputs/datasets.js';
import type { Events } from '../events.js';
import { carryTrained, setUpToLook } from './looking.js';
import type { Mapper } from './mapping.js';

/** The least time between two live maps, and the most of the time that they may take. */
const LIVE_MAP_MILLISECONDS = 1000;
const LIVE_MAP_SHARE = 0.03;

export interface Looked {
  readonly network: Network;
  readonly mapper: Mapper;
}

/**
 * Looks at photographs with the present weights of a run that trains, in a network for larger pictures that is made when the first one
 * is looked at.
 */
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

  /** Null where the picture is looked at by the network that trains. */
  async mapper(picture: PictureReference): Promise<Mapper | null> {
    const setup = setUpToLook(this.#setup, this.#setup.configuration, picture);
    if (setup === this.#setup) return null;
    this.#made ??= this.#make(setup);
    const { network, mapper } = await this.#made;
    await carryTrained(await this.#trains.readTrained('now'), network);
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
  /** The epoch that comes next, from 1. */
  readonly epoch: number;
}

/** Maps of the watched picture, by the weights of the moment, while its run trains. */
export class LiveMap {
  #watched: PictureReference | null = null;
  /** Time of the first map, before anything else ran: between training steps a map also waits for those. */
  #milliseconds: number | null = null;
  #next = 0;
  #underWay = false;
  /** Maps under way that the page asked for. */
  #asked = 0;
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
    // Measured now, while the GPU has nothing else to do.
    if (picture && this.#milliseconds === null) await this.#send(picture);
  }

  /**
   * The map of a picture that the page asks for. A picture that is chosen is both watched and asked for: until this map is done no other
   * is begun, and the next live one follows after the usual time.
   */
  async map(picture: PictureReference): Promise<MergeMap> {
    this.#asked++;
    try {
      return await this.#make(picture);
    } finally {
      this.#asked--;
    }
  }

  async #make(picture: PictureReference): Promise<MergeMap> {
    const { looking, datasets, runId, classes } = this.#parts;
    const mapper = (await looking.mapper(picture)) ?? this.#parts.mapper;
    const map = await mapper.map(datasets, picture, () => ({ runId, epoch: this.#epoch }), classes);
    this.#milliseconds ??= map.milliseconds;
    if (picture.part === this.#watched?.part && picture.index === this.#watched.index) {
      this.#next = performance.now() + Math.max(LIVE_MAP_MILLISECONDS, map.milliseconds / LIVE_MAP_SHARE);
    }
    return { ...map, milliseconds: this.#milliseconds };
  }

  stepped({ epoch }: StepMetrics): void {
    this.#epoch = epoch;
    if (this.#watched && !this.ended && performance.now() >= this.#next) void this.#send(this.#watched);
  }

  async #send(picture: PictureReference): Promise<void> {
    if (this.#underWay || this.#asked > 0 || this.ended) return;
    this.#underWay = true;
    try {
      const map = await this.#make(picture);
      this.#parts.events.send({ kind: 'map', map });
    } catch (thrown) {
      // The run continues without live maps, and the user is told once.
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
