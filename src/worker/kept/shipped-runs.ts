import { resultsSchema, type Results, type RunRecord } from '../../protocol/runs/run.js';
import { PlaygroundError } from '../../vit/errors.js';

const FOLDER = 'study';

/** Reads a file of results, which has a run's record in each line. Throws `file.damaged` where a line is no record. */
export function decodeResults(text: string, path: string): Results {
  try {
    return resultsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PlaygroundError('file.damaged', `${path}: holds no runs that can be read`, { subject: path, cause });
  }
}

/** The runs that come with the page: their records, and of some the weights. Each file is fetched when it is first asked for. */
export class ShippedRuns {
  readonly #fetch: (path: string) => Promise<Blob>;
  #results: Promise<Results> | null = null;

  /** @param fetch gets a file of the page; rejects where it cannot be had. */
  constructor(fetch: (path: string) => Promise<Blob>) {
    this.#fetch = fetch;
  }

  /** Rejects with `network` where the file cannot be fetched, and with `file.damaged` where it is damaged. */
  results(): Promise<Results> {
    this.#results ??= this.#read().catch((thrown: unknown) => {
      this.#results = null;
      throw thrown;
    });
    return this.#results;
  }

  async #read(): Promise<Results> {
    const path = `${FOLDER}/runs.json`;
    return decodeResults(await (await this.#fetch(path)).text(), path);
  }

  /** Null where no run of that id comes with the page, or the page's own files cannot be fetched. */
  async find(id: string): Promise<RunRecord | null> {
    const results = await this.results().catch(() => null);
    return results?.runs.find((run) => run.id === id) ?? null;
  }

  /** The bytes of a run's adapted weights; null where they do not come with the page. */
  async weights(id: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const results = await this.results().catch(() => null);
    if (!results?.weights.includes(id)) return null;
    return new Uint8Array(await (await this.#fetch(`${FOLDER}/weights/${id}.safetensors`)).arrayBuffer());
  }
}
