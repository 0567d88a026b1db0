/** Measures the CPU machine against other runtimes and against itself, in the current host. */
import type { CpuMachine } from '../../src/engine/machines/cpu/machine.js';
import type { Build } from '../../src/engine/machines/cpu/module.js';
import type { Kind } from '../../src/engine/plan/operation.js';
import { createNetwork } from '../../src/engine/model/network.js';
import { setUpRun } from '../../src/engine/training/setup.js';
import { HEAD_ALONE, type Peft } from '../../src/vit/adapters/index.js';
import { PAPER_RECIPE, type Configuration } from '../../src/vit/configuration.js';
import { CLASSES, onnxOf, randomBackbone, type BackboneParts } from './backbone.js';
import { ofTheFastest, pairsOf, spreadOf, type Pair, type Row, type Side, type Wanted } from './pairs.js';

export const MODELS = { ti: 'ViT-Ti/16', s: 'ViT-S/16', b: 'ViT-B/16', bundled: 'bundled' } as const;
export type Model = keyof typeof MODELS;
export const BUILDS = ['cpu-relaxed', 'cpu-simd'] as const satisfies readonly Build[];
export const PARTS = ['web', 'native', 'training', 'threads', 'low', 'high', 'share'] as const;
export type Part = (typeof PARTS)[number];

/** Pairs at least, for a median and quartiles. */
const LEAST_PAIRS = 5;
/** Milliseconds between a run and a peer's, whose threads keep spinning for a while after theirs. */
const REST_MS = 50;
/** Batches of an evaluation. */
const BATCHES = 4;
/** Side of the ViTs' pictures in pixels. The bundled backbone has the default job's side, and larger batches accordingly. */
const SIDE = 224;
const MORE_SMALL = 4;
const RATES = { learningRate: 1e-4, pyraLearningRate: 1e-4, weightDecay: 0 };

/** onnxruntime in this host. */
export interface Peer {
  readonly name: string;
  /**
   * Opens a session of the model with this many threads. Rejects with a sentence if the runtime starts fewer.
   * @param pictures float32 [batch, 3, side, side], the input of every run.
   */
  open(model: Uint8Array, threads: number, pictures: Float32Array<ArrayBuffer>, dims: readonly number[]): Promise<Side>;
}

export interface Host {
  readonly name: string;
  readonly kind: 'node' | 'chromium';
  readonly web: Peer;
  /** Left out in browsers. */
  readonly native?: Peer;
  openCpu(threads: number, build: Build): Promise<CpuMachine>;
  bundled(): Promise<BackboneParts>;
}

export interface Choices {
  readonly models: readonly Model[];
  readonly builds: readonly Build[];
  readonly parts: readonly Part[];
  /** Pictures in a batch of the ViTs. */
  readonly batch: number;
  readonly threads: number;
  /** The least time for each ratio, in seconds. */
  readonly seconds: number;
}

/** Measures one part after another, and yields rows as they are measured. */
export async function* measure(host: Host, choices: Choices): AsyncGenerator<Row, void> {
  for (const model of choices.models) {
    const backbone = model === 'bundled' ? await host.bundled() : randomBackbone(model);
    const [side, batch] = model === 'bundled' ? [PAPER_RECIPE.imageSize, MORE_SMALL * choices.batch] : [SIDE, choices.batch];
    const job = new Job(host, choices, model, backbone, side, batch);
    for (const build of choices.builds) yield* job.measure(build);
  }
}

/** Operations of a forward that only merging needs. */
const OF_MERGING: ReadonlySet<Kind> = new Set(['drawPairs', 'match', 'merge', 'modulationStrength', 'pairTokens', 'track']);

/** How a ratio is measured, and its target. The ratios of pairs are multiplied by `scale`. */
interface Terms {
  readonly rest: () => Promise<void>;
  readonly wanted?: Wanted | undefined;
  readonly scale?: number;
}

interface Own extends Side {
  /** Several batches as in the evaluation of a data set: the next is submitted before the result of the last arrives. */
  readonly evaluation: Side;
  /** Multiply-accumulates of a run, counted from the record. */
  readonly macs: number;
  /** Milliseconds of the operations that only merging needs, and of all. */
  readonly merging: () => Promise<Pair>;
}

/** A model with pictures of a size. */
class Job {
  readonly #pixels: Uint8Array<ArrayBuffer>;
  readonly #labels: Uint32Array<ArrayBuffer>;
  readonly #peers = new Map<Peer, Promise<Side>>();
  readonly #host: Host;
  readonly #choices: Choices;
  readonly #model: Model;
  readonly #backbone: BackboneParts;
  readonly #side: number;
  readonly #batch: number;

  constructor(host: Host, choices: Choices, model: Model, backbone: BackboneParts, side: number, batch: number) {
    this.#host = host;
    this.#choices = choices;
    this.#model = model;
    this.#backbone = backbone;
    this.#side = side;
    this.#batch = batch;
    this.#pixels = new Uint8Array(batch * side * side * 4).map((_, i) => (i * 73) % 251);
    this.#labels = Uint32Array.from({ length: batch }, (_, i) => i % CLASSES);
  }

  async *measure(build: Build): AsyncGenerator<Row, void> {
    const [host, choices, model] = [this.#host, this.#choices, this.#model];
    const machine = await host.openCpu(choices.threads, build);
    if (machine.build !== build) throw new Error(`${host.name} has no build ${build} of the kernels, but ${machine.build}`);
    const forward = await this.#forward(machine, 'none');
    /** The same network as the exported one: only head and method are trained, see {@link NOTHING_ELSE}. */
    const plain = (): Promise<Own> => this.#forward(machine, 'none', HEAD_ALONE);
    const row = async (what: string, [first, second]: readonly [Side, Side], terms: Terms): Promise<Row> => {
      const { rest, wanted, scale = 1 } = terms;
      const options = { seconds: choices.seconds, leastPairs: LEAST_PAIRS, now: () => performance.now(), rest };
      const pairs = await pairsOf(first, second, options);
      const spread = spreadOf(pairs.map(([own, other]) => (scale * other) / own));
      const fastest = scale * ofTheFastest(pairs);
      return { model: MODELS[model], host: host.name, build, what, spread, wanted, fastest, medians: mediansOf(pairs) };
    };
    const merging = async (schedule: string, least: number): Promise<Row> => {
      const own = await this.#forward(machine, schedule);
      const terms = { rest: noRest, wanted: { least }, scale: own.macs / forward.macs };
      return row(`${schedule}'s speed-up over its promise`, [own.evaluation, forward.evaluation], terms);
    };
    const measured: Readonly<Record<Part, () => Promise<Row | undefined>>> = {
      web: async () => {
        const sides = [await plain(), await this.#peer(host.web)] as const;
        return row(`forward over ${host.web.name}`, sides, { rest: atRest, wanted: this.#wantedOfWeb(build) });
      },
      native: async () => {
        const { native } = host;
        return native && row(`forward over ${native.name}`, [await plain(), await this.#peer(native)], { rest: atRest });
      },
      training: async () => {
        const training = await this.#training(machine);
        const terms = { rest: noRest, wanted: { least: 0.85 }, scale: training.macs / forward.macs };
        return row("training's GFLOP/s over the forward's", [training, forward], terms);
      },
      threads: async () => {
        const single = await host.openCpu(1, build);
        const wanted = choices.threads === 2 ? { least: 1.8 } : undefined;
        const sides = [forward.evaluation, (await this.#forward(single, 'none')).evaluation] as const;
        const result = await row(`${choices.threads} threads over one`, sides, { rest: noRest, wanted });
        single.destroy();
        return result;
      },
      share: () => this.#share(machine, build),
      low: () => merging('low', 0.95),
      high: () => merging('high', 0.9),
    };
    for (const part of choices.parts) {
      const result = await measured[part]();
      if (result) yield result;
    }
    machine.destroy();
  }

  /** Measures the share of a forward's time, in per cent, of operations that only merging needs. */
  async #share(machine: CpuMachine, build: Build): Promise<Row> {
    const [host, choices, model] = [this.#host, this.#choices, this.#model];
    const { merging } = await this.#forward(machine, 'low');
    const pairs: Pair[] = [];
    const end = performance.now() + 1000 * choices.seconds;
    while (pairs.length < LEAST_PAIRS || performance.now() < end) pairs.push(await merging());
    const spread = spreadOf(pairs.map(([own, all]) => (100 * own) / all));
    const wanted = model === 's' ? { most: 5 } : undefined;
    const what = "per cent of low's forward in matching, merging and PYRA";
    const fastest = 100 / ofTheFastest(pairs);
    return { model: MODELS[model], host: host.name, build, what, spread, wanted, fastest, medians: mediansOf(pairs) };
  }

  /** The target of the forward's speed relative to onnxruntime-web. */
  #wantedOfWeb(build: Build): Wanted | undefined {
    const [model, host] = [this.#model, this.#host];
    if (model !== 'ti' && model !== 's') return undefined;
    if (host.kind === 'node') return { least: build === 'cpu-simd' ? 0.95 : model === 's' ? 1.8 : 1.5 };
    return { least: build === 'cpu-simd' ? 1.5 : model === 's' ? 1.8 : 2 };
  }

  async #network(machine: CpuMachine, schedule: string, peft: Peft = PAPER_RECIPE.peft) {
    const { architecture, backbone } = this.#backbone;
    const method = schedule === 'none' ? 'none' : 'pyra';
    const configuration: Configuration = { ...PAPER_RECIPE, imageSize: this.#side, method, schedule, peft };
    return createNetwork(machine, architecture, backbone, setUpRun(configuration, architecture, CLASSES).options);
  }

  async #forward(machine: CpuMachine, schedule: string, peft?: Peft): Promise<Own> {
    const [pixels, batch] = [this.#pixels, this.#batch];
    const evaluator = await (await this.#network(machine, schedule, peft)).evaluator(batch);
    const pictures = { pixels, count: batch };
    return {
      macs: evaluator.macs,
      run: () => evaluator.logits(pictures),
      evaluation: { run: () => Promise.all(Array.from({ length: BATCHES }, () => evaluator.logits(pictures))) },
      merging: async () => {
        const times = await evaluator.profile(pictures);
        const sum = (some: typeof times): number => some.reduce((total, { milliseconds }) => total + milliseconds, 0);
        return [sum(times.filter(({ kind }) => OF_MERGING.has(kind))), sum(times)];
      },
    };
  }

  async #training(machine: CpuMachine): Promise<Omit<Own, 'merging' | 'evaluation'>> {
    const [pixels, labels, batch] = [this.#pixels, this.#labels, this.#batch];
    const trainer = await (await this.#network(machine, 'none')).trainer(batch);
    let number = 0;
    return { macs: trainer.macs, run: () => trainer.step({ pixels, labels, count: batch }, { ...RATES, number: number++ }) };
  }

  /** A peer's session of the current model, opened once. */
  #peer(peer: Peer): Promise<Side> {
    const known = this.#peers.get(peer) ?? this.#open(peer);
    this.#peers.set(peer, known);
    return known;
  }

  async #open(peer: Peer): Promise<Side> {
    const [backbone, batch, side] = [this.#backbone, this.#batch, this.#side];
    const schedule = new Array<number>(backbone.architecture.depth).fill(0);
    const model = await onnxOf(backbone, { imageSize: side, method: 'none', text: 'none', schedule });
    const pictures = Float32Array.from({ length: batch * 3 * side * side }, (_, i) => ((i * 73) % 251) / 125 - 1);
    return peer.open(model, this.#choices.threads, pictures, [batch, 3, side, side]);
  }
}

const noRest = (): Promise<void> => Promise.resolve();
const atRest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, REST_MS));

function mediansOf(pairs: readonly Pair[]): Pair {
  const median = (side: 0 | 1): number => spreadOf(pairs.map((pair) => pair[side])).median;
  return [median(0), median(1)];
}
