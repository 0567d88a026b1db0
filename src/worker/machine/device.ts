import type { PlaygroundError } from '../../vit/errors.js';
import { Engine } from './engine.js';
import type { Events } from '../events.js';
import type { FileStore } from '../kept/private-files.js';
import { readMachineChoice } from '../../protocol/machines.js';
import { openMachine } from './open.js';

/** The shortest time between two reports of the memory in use, in milliseconds. */
const MEMORY_MILLISECONDS = 500;

/** The engine in use. If its device is lost, an event says so, and the next caller opens another. */
export class Device {
  readonly #files: FileStore;
  readonly #events: Events;
  #engine: Promise<Engine> | null = null;
  #told = -1;
  /** Called when the device is lost, and with it all that was made on it. */
  onLost: (error: PlaygroundError) => void = () => undefined;

  constructor(files: FileStore, events: Events) {
    this.#files = files;
    this.#events = events;
    setInterval(() => void this.#tellMemory(), MEMORY_MILLISECONDS);
  }

  /** The engine that is open or being opened; null where none is. */
  get opened(): Promise<Engine> | null {
    return this.#engine;
  }

  engine(): Promise<Engine> {
    this.#engine ??= this.#open();
    return this.#engine;
  }

  async #open(): Promise<Engine> {
    try {
      const fewer = (): void => this.#events.send({ kind: 'adapter', adapter: engine.adapter });
      const engine = new Engine(await openMachine(readMachineChoice(self.name), this.#files, fewer));
      this.#events.send({ kind: 'adapter', adapter: engine.adapter });
      void engine.lost.then((error) => {
        this.#engine = null;
        this.onLost(error);
      });
      return engine;
    } catch (thrown) {
      this.#engine = null;
      throw thrown;
    }
  }

  async #tellMemory(): Promise<void> {
    const engine = await this.#engine?.catch(() => null);
    const gpuBytes = engine?.machine.allocatedBytes ?? 0;
    if (gpuBytes === this.#told) return;
    this.#told = gpuBytes;
    this.#events.send({ kind: 'memory', gpuBytes });
  }
}
