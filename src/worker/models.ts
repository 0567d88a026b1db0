import { byteSourceFromBlob } from '../formats/sources.js';
import type { LoadedWeights } from '../formats/types.js';
import { countParameters, loadWeights } from '../formats/weights.js';
import type { ModelSummary } from '../protocol/api.js';
import type { Architecture } from '../protocol/architecture.js';
import type { ByteSource } from '../protocol/bytes.js';
import { PlaygroundError } from '../protocol/errors.js';
import { fetchPageFile } from './page-files.js';
import { Turn } from './turn.js';

export const BUNDLED = 'bundled';
const BUNDLED_FILE = 'models/formula-vit.safetensors';

export interface Model {
  /** Differs between files of the same name. */
  readonly key: string;
  readonly name: string;
  readonly architecture: Architecture;
  readonly loaded: LoadedWeights;
  readonly summary: ModelSummary;
}

/** The backbones of this page by name: the bundled one, fetched when it is first needed, and those that were given. */
export class Models {
  readonly #byName = new Map<string, Model>();
  readonly #fetching = new Turn();
  #given = 0;
  /** The one that was taken last. */
  current: Model | null = null;

  async useBundled(): Promise<Model> {
    this.current = await this.#bundled();
    return this.current;
  }

  /** Takes weights with a backbone in them. */
  take(name: string, loaded: LoadedWeights): Model {
    this.current = this.#keep(name === BUNDLED ? `${name} (given)` : name, loaded);
    return this.current;
  }

  /** The backbone of that name. Rejects with `option.invalid` and what to do where it was not given. */
  async require(name: string): Promise<Model> {
    const known = this.#byName.get(name);
    if (known) return known;
    if (name === BUNDLED) return this.#bundled();
    throw new PlaygroundError(
      'option.invalid',
      `model: the weights file '${name}' is not on this page; drop it anywhere to use it`,
      { subject: 'model' },
    );
  }

  #bundled(): Promise<Model> {
    return this.#fetching.take(async () => {
      const known = this.#byName.get(BUNDLED);
      if (known) return known;
      const source: ByteSource = byteSourceFromBlob('formula-vit.safetensors', await fetchPageFile(BUNDLED_FILE));
      return this.#keep(BUNDLED, await loadWeights([source]));
    });
  }

  #keep(name: string, loaded: LoadedWeights): Model {
    const { architecture } = loaded;
    if (!architecture) {
      throw new PlaygroundError('weights.unsupported-architecture', `${name}: holds no backbone`, { subject: name });
    }
    const summary: ModelSummary = {
      name,
      format: loaded.format,
      architecture,
      parameters: countParameters(loaded.reader),
      notes: loaded.notes,
      unusedTensors: loaded.unused,
    };
    const model: Model = { key: `${name}#${this.#given++}`, name, architecture, loaded, summary };
    this.#byName.set(name, model);
    return model;
  }
}
