import { PlaygroundError } from '../../../vit/errors.js';
import type { Answer, Bytes, MemberPort, Order, Range, StartMember } from './messages.js';

/** What helps where memory is short. */
const LESS_MEMORY = 'take a smaller batch, smaller pictures, a smaller backbone or --recompute';

/** A group's work, as the plan hands it over. */
export interface Task {
  readonly plan: number;
  /** Made when it is sent, in buffers that move with it; made again where it goes to another member. */
  readonly writes: () => readonly Bytes[];
  readonly reads: readonly Range[];
  /** Goes before all that waits, and between two calls of what runs. */
  readonly urgent: boolean;
  /** The last result is what each call took. */
  readonly timed: boolean;
}

interface Waiting extends Task {
  readonly resolve: (results: readonly ArrayBuffer[]) => void;
  readonly reject: (error: PlaygroundError) => void;
}

interface Place {
  readonly port: MemberPort;
  /** What it was sent and did not answer yet, by number. */
  readonly sent: Map<number, Waiting>;
  /** By the source's identity: the version of it that this member has. */
  readonly seen: Map<object, number>;
}

/** Something that every member has a copy of and that changes between tasks: the trained weights. */
export interface Source {
  readonly version: number;
  bytes(): Bytes;
}

/** All members: what each of them must have is sent to all, a task to whoever is free. */
export class Crew {
  readonly #places: Place[] = [];
  /** Those that are let go, and have something to end before. */
  readonly #leaving = new Set<Place>();
  readonly #queue: Waiting[] = [];
  readonly #sources = new Set<Source>();
  #numbers = 0;
  #failure: PlaygroundError | undefined;
  /** Settles when the crew works no more. */
  readonly lost: Promise<PlaygroundError>;
  /** Told when a member's memory grew no further and the others go on without it. */
  onFewer: () => void = () => undefined;
  readonly #tellLost: (error: PlaygroundError) => void;

  constructor(module: WebAssembly.Module, start: StartMember, members: number) {
    let tell: (error: PlaygroundError) => void = () => undefined;
    this.lost = new Promise((resolve) => (tell = resolve));
    this.#tellLost = tell;
    for (let index = 0; index < members; index++) {
      const place: Place = { port: start((answer) => this.#hear(place, answer)), sent: new Map(), seen: new Map() };
      place.port.post({ kind: 'start', module }, []);
      this.#places.push(place);
    }
  }

  get size(): number {
    return this.#places.length;
  }

  /** Lets one member go, whoever is free first; the last one stays. */
  dismiss(): void {
    const place = this.#places.find(({ sent }) => sent.size === 0) ?? this.#places.at(-1);
    if (!place || this.#places.length === 1) return;
    this.#places.splice(this.#places.indexOf(place), 1);
    if (place.sent.size === 0) place.port.stop();
    else this.#leaving.add(place);
  }

  /** To every member, before all tasks that are handed over after it. */
  broadcast(order: Order): void {
    for (const { port } of this.#places) port.post(order, []);
  }

  follow(source: Source): void {
    this.#sources.add(source);
  }

  forget(source: Source): void {
    this.#sources.delete(source);
    for (const { seen } of this.#places) seen.delete(source);
  }

  /** @returns what was asked for, in its order. Rejects where a member failed. */
  run(task: Task): Promise<readonly ArrayBuffer[]> {
    return new Promise((resolve, reject) => {
      if (this.#failure) {
        reject(this.#failure);
        return;
      }
      const waiting = { ...task, resolve, reject };
      if (task.urgent) this.#queue.unshift(waiting);
      else this.#queue.push(waiting);
      this.#hand();
    });
  }

  stop(): void {
    this.#fail(new PlaygroundError('cancelled', 'the CPU machine was stopped'));
  }

  /**
   * Gives tasks to members: one each, and one more that waits there where more are left than there are members, so that nobody stands
   * still while an answer goes back; to any of them one that is urgent.
   */
  #hand(): void {
    for (let task = this.#queue[0]; task; task = this.#queue[0]) {
      const most = this.#queue.length > this.#places.length ? 1 : 0;
      const free = task.urgent ? ({ sent }: Place) => ![...sent.values()].some(isUrgent) : ({ sent }: Place) => sent.size <= most;
      const [place] = this.#places.filter(free).sort((a, b) => a.sent.size - b.sent.size);
      if (!place) return;
      this.#queue.shift();
      this.#send(place, task);
    }
  }

  #send(place: Place, task: Waiting): void {
    const number = this.#numbers++;
    const { plan, reads, urgent, timed } = task;
    const writes = task.writes();
    place.sent.set(number, task);
    const job = { kind: 'job', number, plan, writes: [...this.#stale(place), ...writes], reads, urgent, timed } as const;
    const moved = writes.map(({ data }) => data.buffer);
    place.port.post(job, moved);
  }

  /** What changed since this member had it last. */
  #stale({ seen }: Place): Bytes[] {
    return [...this.#sources].flatMap((source) => {
      if (seen.get(source) === source.version) return [];
      seen.set(source, source.version);
      return [source.bytes()];
    });
  }

  /** What a member without room was sent goes to the others. */
  #giveUp(place: Place): void {
    const at = this.#places.indexOf(place);
    if (at < 0) return;
    if (this.#places.length === 1) {
      this.#fail(new PlaygroundError('gpu.out-of-memory', `not even one thread’s memory has room for it; ${LESS_MEMORY}`));
      return;
    }
    this.#places.splice(at, 1);
    place.port.stop();
    this.#queue.unshift(...place.sent.values());
    place.sent.clear();
    this.onFewer();
    this.#hand();
  }

  #hear(place: Place, answer: Answer): void {
    if (answer.kind === 'full') {
      this.#giveUp(place);
      return;
    }
    if (answer.kind === 'failed') {
      this.#fail(new PlaygroundError('internal', `a thread of the CPU machine stopped: ${answer.message}`));
      return;
    }
    const task = place.sent.get(answer.number);
    place.sent.delete(answer.number);
    task?.resolve(answer.results);
    if (place.sent.size === 0 && this.#leaving.delete(place)) place.port.stop();
    this.#hand();
  }

  #fail(error: PlaygroundError): void {
    if (this.#failure) return;
    this.#failure = error;
    for (const { port, sent } of [...this.#places, ...this.#leaving]) {
      port.stop();
      for (const task of sent.values()) task.reject(error);
      sent.clear();
    }
    for (const task of this.#queue.splice(0)) task.reject(error);
    this.#tellLost(error);
  }
}

const isUrgent = ({ urgent }: Waiting): boolean => urgent;
