import { PlaygroundError } from '../../../vit/errors.js';
import type { Answer, Bytes, MemberPort, Order, Range, StartMember } from './messages.js';

/** What a person can do where memory is short. */
const LESS_MEMORY = 'take a smaller batch, smaller pictures or a smaller backbone, or recompute activations';

/** The work on one group of pictures, as the plan hands it over. */
export interface Task {
  readonly plan: number;
  /** Creates the bytes to send, which move to the member with their buffers. It is called again where the task goes to another member. */
  readonly writes: () => readonly Bytes[];
  readonly reads: readonly Range[];
  /** An urgent task runs before all waiting ones, and between two calls of a running one. */
  readonly urgent: boolean;
  /** Adds one more result: the time of each call. */
  readonly timed: boolean;
  /** Smaller tasks whose results, one after the other, are those of this one. Left out where it is not divided. */
  readonly divide?: (() => readonly Task[]) | undefined;
}

interface Waiting extends Task {
  readonly resolve: (results: readonly ArrayBuffer[]) => void;
  readonly reject: (error: PlaygroundError) => void;
}

interface Place {
  readonly port: MemberPort;
  /** Tasks that were sent to it and are not answered yet, by number. */
  readonly sent: Map<number, Waiting>;
  /** By the source's identity: the version that this member has. */
  readonly seen: Map<object, number>;
}

/** Data that changes between tasks and of which every member has a copy: the trained weights. */
export interface Source {
  readonly version: number;
  bytes(): Bytes;
}

/** All members. Orders that every member needs are sent to all; a task goes to a free member. */
export class Crew {
  readonly #places: Place[] = [];
  /** Members that are dismissed and still have tasks to finish. */
  readonly #leaving = new Set<Place>();
  readonly #queue: Waiting[] = [];
  readonly #sources = new Set<Source>();
  #numbers = 0;
  #failure: PlaygroundError | undefined;
  /** While it is set, the last member gets no tasks. */
  #givingWay: ReturnType<typeof setTimeout> | undefined;
  /** Settles when the crew has stopped working. */
  readonly lost: Promise<PlaygroundError>;
  /** Called when a member's memory cannot grow further and the others continue without it. */
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

  /** Dismisses the member that is free first. The last one stays. */
  dismiss(): void {
    const place = this.#places.find(({ sent }) => sent.size === 0) ?? this.#places.at(-1);
    if (!place || this.#places.length === 1) return;
    this.#places.splice(this.#places.indexOf(place), 1);
    if (place.sent.size === 0) place.port.stop();
    else this.#leaving.add(place);
  }

  /** Sends an order to every member, before all tasks that are handed over later. */
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

  /** Hands over tasks together, so that the last of them are known. @returns each one's results, in order; rejects where a member failed. */
  run(tasks: readonly Task[]): Promise<readonly ArrayBuffer[]>[] {
    const promises = tasks.map((task) => this.#enqueue(task));
    this.#hand();
    return promises;
  }

  #enqueue(task: Task): Promise<readonly ArrayBuffer[]> {
    return new Promise((resolve, reject) => {
      const waiting = { ...task, resolve, reject };
      if (this.#failure) reject(this.#failure);
      else if (task.urgent) this.#queue.unshift(waiting);
      else this.#queue.push(waiting);
    });
  }

  /** For so many milliseconds from now, the last member gets no tasks but urgent ones, unless it is the only one. */
  giveWay(milliseconds: number): void {
    clearTimeout(this.#givingWay);
    this.#givingWay = setTimeout(() => {
      this.#givingWay = undefined;
      this.#hand();
    }, milliseconds);
  }

  stop(): void {
    this.#fail(new PlaygroundError('cancelled', 'the CPU machine was stopped'));
  }

  /**
   * Gives tasks to members: one each, and a second that waits there while more tasks are left than there are members, so that a member need
   * not wait for the way of its answer. An urgent task may go to any member. The last tasks are divided, so that no member waits long for the
   * others.
   */
  #hand(): void {
    for (let task = this.#queue[0]; task; task = this.#queue[0]) {
      const places = task.urgent ? this.#places : this.#working();
      const most = this.#queue.length > places.length ? 1 : 0;
      const free = task.urgent ? ({ sent }: Place) => ![...sent.values()].some(isUrgent) : ({ sent }: Place) => sent.size <= most;
      const [place] = places.filter(free).sort((a, b) => a.sent.size - b.sent.size);
      if (!place) return;
      this.#queue.shift();
      const divides = places.length > 1 && this.#queue.length < places.length;
      if (divides && task.divide) this.#queue.unshift(...divided(task, task.divide()));
      else this.#send(place, task);
    }
  }

  /** The members that tasks may go to now. */
  #working(): readonly Place[] {
    return this.#givingWay === undefined ? this.#places : this.#places.slice(0, Math.max(1, this.#places.length - 1));
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

  /** The sources that have changed since this member got them. */
  #stale({ seen }: Place): Bytes[] {
    return [...this.#sources].flatMap((source) => {
      if (seen.get(source) === source.version) return [];
      seen.set(source, source.version);
      return [source.bytes()];
    });
  }

  /** Gives the tasks of a member without room to the others. */
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
    clearTimeout(this.#givingWay);
    for (const { port, sent } of [...this.#places, ...this.#leaving]) {
      port.stop();
      for (const task of sent.values()) task.reject(error);
      sent.clear();
    }
    for (const task of this.#queue.splice(0)) task.reject(error);
    this.#tellLost(error);
  }
}

/** The parts of a task, which together give its results. */
function divided({ resolve, reject }: Waiting, parts: readonly Task[]): Waiting[] {
  const results: (readonly ArrayBuffer[])[] = [];
  let open = parts.length;
  return parts.map((part, index) => ({
    ...part,
    resolve: (result) => {
      results[index] = result;
      if (--open === 0) resolve(part.reads.map((_, read) => concatenated(results.map((one) => one[read]))));
    },
    reject,
  }));
}

function concatenated(buffers: readonly (ArrayBuffer | undefined)[]): ArrayBuffer {
  const all = new Uint8Array(buffers.reduce((bytes, buffer) => bytes + (buffer?.byteLength ?? 0), 0));
  let at = 0;
  for (const buffer of buffers) {
    if (!buffer) throw new Error('cpu: a part of a group returned no result');
    all.set(new Uint8Array(buffer), at);
    at += buffer.byteLength;
  }
  return all.buffer;
}

const isUrgent = ({ urgent }: Waiting): boolean => urgent;
