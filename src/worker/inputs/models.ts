import { requireSameSizes } from '../../formats/adapted/adapted.js';
import { contentDigest, inOrder } from '../../containers/digest.js';
import { byteSourceFromBlob } from '../../containers/sources.js';
import type { AdaptedMetadata, LoadedWeights } from '../../formats/types.js';
import { countParameters, loadWeights, type ArchitectureOverrides } from '../../formats/backbones/weights.js';
import type { KeptModels, ModelSummary } from '../../protocol/api.js';
import type { Architecture } from '../../vit/architecture.js';
import type { ByteSource } from '../../containers/bytes.js';
import { BUNDLED, NO_ANSWERS, type BackboneAnswers, type BackboneChoice } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Events } from '../events.js';
import type { KeptModelStore, StoredFile } from '../kept/kept-models.js';
import { fetchPageFile } from './page-files.js';
import { Turn } from '../../protocol/turn.js';

const BUNDLED_FILE = 'models/photo-formula-vit.safetensors';

export interface Model {
  /** Differs between backbones, and between two ways to understand one. */
  readonly key: string;
  readonly name: string;
  readonly architecture: Architecture;
  readonly loaded: LoadedWeights;
  readonly summary: ModelSummary;
}

/** One backbone's files, and the models that they were understood as. */
class Held {
  readonly #understood = new Map<string, Promise<Model>>();
  readonly #models: Model[] = [];
  #digest: Promise<string> | null = null;
  /** Whether it is kept for the next visit, or keeping it was tried. */
  settled = false;

  constructor(
    readonly name: string,
    readonly sources: readonly ByteSource[],
  ) {}

  /** Rejects with `option.invalid` and the subject `heads` where the number of heads is not known, or is impossible. */
  understand(answers: BackboneAnswers, loaded?: LoadedWeights): Promise<Model> {
    const key = JSON.stringify([answers.heads, answers.mean, answers.std]);
    const known = this.#understood.get(key);
    if (known) return known;
    const model = this.#load(answers, loaded);
    this.#understood.set(key, model);
    model.catch(() => this.#understood.delete(key));
    return model;
  }

  async #load({ heads, mean, std }: BackboneAnswers, given: LoadedWeights | undefined): Promise<Model> {
    const loaded = given ?? (await loadWeights(this.sources, overridesOf({ heads, mean, std })));
    const { architecture } = loaded;
    if (!architecture) {
      throw new PlaygroundError('weights.unsupported-architecture', `${this.name}: holds no backbone`, { subject: this.name });
    }
    // A person's answers may come to what the files say: it is then one model, and one copy of the weights on the GPU.
    const same = this.#models.find((other) => JSON.stringify(other.architecture) === JSON.stringify(architecture));
    const key = same?.key ?? `${this.name}#${nextKey++}`;
    const summary: ModelSummary = {
      fingerprint: key,
      name: this.name,
      answers: { heads, mean, std },
      format: loaded.format,
      architecture,
      parameters: countParameters(loaded.reader),
      notes: loaded.notes,
      guesses: loaded.guesses,
      unusedTensors: loaded.unused,
    };
    if (same) return { ...same, summary };
    const model: Model = { key, name: this.name, architecture, loaded, summary };
    this.#models.push(model);
    return model;
  }

  async hasContentOf(sources: readonly ByteSource[], digest: () => Promise<string>): Promise<boolean> {
    const sizes = (files: readonly ByteSource[]): string =>
      inOrder(files)
        .map(({ size }) => size)
        .join();
    if (sizes(this.sources) !== sizes(sources)) return false;
    this.#digest ??= contentDigest(this.sources);
    return (await this.#digest) === (await digest());
  }
}

let nextKey = 0;

function overridesOf({ heads, mean, std }: BackboneAnswers): ArchitectureOverrides {
  return { ...(heads === null ? {} : { heads }), ...(mean === null ? {} : { mean }), ...(std === null ? {} : { std }) };
}

/** Whether a backbone was refused only because its number of heads is not known, which a person can say. */
export const asksForHeads = (thrown: unknown): thrown is PlaygroundError =>
  thrown instanceof PlaygroundError && thrown.code === 'option.invalid' && thrown.subject === 'heads';

/**
 * The backbones by name: the bundled one (fetched when it is first needed), those given on this visit, and those that the browser
 * keeps. What is given is kept for the next visit once it is understood.
 */
export class Models {
  readonly #held = new Map<string, Held>();
  readonly #opening = new Turn();
  /** The one in use: of the last choice that could be opened. */
  current: Model | null = null;
  #chosen = 0;

  readonly #kept: KeptModelStore;
  readonly #events: Events;

  constructor(kept: KeptModelStore, events: Events) {
    this.#kept = kept;
    this.#events = events;
  }

  /** As {@link require}, and makes it the one in use. */
  async use(choice: BackboneChoice): Promise<Model> {
    const mine = ++this.#chosen;
    const model = await this.require(choice);
    // A slower opening does not replace a later choice.
    if (mine === this.#chosen) this.current = model;
    // Not waited for: a copy that is being written may take seconds, and is finished first.
    this.#kept.answer(choice.model, choice).catch((thrown: unknown) => this.#events.error(thrown));
    return model;
  }

  /**
   * Takes a backbone's files under a free name; where the same content is known already, under the name that it has.
   *
   * @param loaded the files as understood without answers, where they were opened already.
   * @param stored where they lie in this browser's private folder, of a download.
   * @returns the name, and the answers with which it was used last.
   */
  take(
    wanted: string,
    sources: readonly ByteSource[],
    loaded: LoadedWeights | null,
    stored: readonly StoredFile[] | null = null,
  ): Promise<BackboneChoice> {
    return this.#opening.take(async () => {
      const same = await this.#sameContent(sources);
      if (same !== null) {
        if (stored) await this.#kept.discard(stored);
        const kept = await this.#kept.find(same);
        return { model: same, ...(kept?.answers ?? NO_ANSWERS) };
      }
      const name = await this.#freeName(wanted);
      const held = new Held(name, sources);
      if (stored) {
        await this.#kept.adopt(name, stored);
        held.settled = true;
      }
      if (loaded) await held.understand(NO_ANSWERS, loaded);
      this.#held.set(name, held);
      return { model: name, ...NO_ANSWERS };
    });
  }

  /**
   * Rejects with `option.invalid`, and what to do, where there is no such backbone, or an answer is missing that its files do not give.
   */
  async require({ model: name, heads, mean, std }: BackboneChoice): Promise<Model> {
    const answers = { heads, mean, std };
    const held = await this.#opening.take(() => this.#hold(name));
    const model = await held.understand(answers);
    if (!held.settled) void this.#keep(held, answers);
    return model;
  }

  /**
   * Reads an adapter's files together with those of a backbone, as that is understood now. Resolves to the weights and to all files.
   */
  async openAdapter(
    { name, summary }: Model,
    adapter: readonly ByteSource[],
  ): Promise<{ loaded: LoadedWeights; files: readonly ByteSource[] }> {
    const { sources } = await this.#opening.take(() => this.#hold(name));
    const files = [...sources, ...adapter];
    return { loaded: await loadWeights(files, overridesOf(summary.answers)), files };
  }

  /**
   * The backbone that adapted weights were trained on, understood as it was then. Rejects where the backbone of that name has other
   * sizes.
   */
  async requireFor(metadata: AdaptedMetadata, weights: string): Promise<Model> {
    const { configuration } = metadata;
    const { heads, mean, std } = metadata.architecture;
    const model = await this.require({ model: configuration.model, heads, mean: [...mean], std: [...std] });
    requireSameSizes(weights, metadata, model.architecture);
    return model;
  }

  /** Deletes what the browser keeps of a backbone, and forgets it where it was given on this visit. */
  async remove(name: string): Promise<KeptModels> {
    await this.#kept.remove(name);
    this.#held.delete(name);
    if (this.current?.name === name) this.current = null;
    return this.#kept.list();
  }

  async #hold(name: string): Promise<Held> {
    const known = this.#held.get(name);
    if (known) return known;
    const held = name === BUNDLED ? await this.#bundled() : await this.#open(name);
    held.settled = true;
    this.#held.set(name, held);
    return held;
  }

  async #bundled(): Promise<Held> {
    return new Held(BUNDLED, [byteSourceFromBlob('photo-formula-vit.safetensors', await fetchPageFile(BUNDLED_FILE))]);
  }

  async #open(name: string): Promise<Held> {
    const found = await this.#kept.find(name);
    if (found) return new Held(name, found.sources);
    throw new PlaygroundError(
      'option.invalid',
      `model: the weights '${name}' are not on this page; drop them anywhere, or fetch them, to use them`,
      { subject: 'model' },
    );
  }

  async #sameContent(sources: readonly ByteSource[]): Promise<string | null> {
    let digest: Promise<string> | null = null;
    for (const held of this.#held.values()) {
      if (await held.hasContentOf(sources, () => (digest ??= contentDigest(sources)))) return held.name;
    }
    return this.#kept.nameOf(sources);
  }

  async #freeName(wanted: string): Promise<string> {
    const taken = new Set([BUNDLED, ...this.#held.keys(), ...(await this.#kept.list()).models.map(({ name }) => name)]);
    let name = wanted;
    for (let number = 2; taken.has(name); number++) name = `${wanted} (${number})`;
    return name;
  }

  /** Keeps the backbone for the next visit while other work continues. If that fails, an event says so, and the backbone stays in use. */
  async #keep(held: Held, answers: BackboneAnswers): Promise<void> {
    held.settled = true;
    try {
      await this.#events.during(async () => {
        await this.#kept.keep(held.name, held.sources, answers, (done, total) =>
          this.#events.busy('Keeping the backbone for the next visit (MB)', Math.floor(done / 1e6), Math.ceil(total / 1e6)),
        );
      });
      this.#events.send({ kind: 'kept-models', kept: await this.#kept.list() });
    } catch (thrown) {
      this.#events.error(thrown);
    }
  }
}
