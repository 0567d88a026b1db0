import type { Picture } from '../../data/types.js';
import { PHOTOGRAPHS, type Photograph } from '../../protocol/photographs.js';
import { PlaygroundError } from '../../vit/errors.js';
import { browserDecoder } from './images.js';
import { fetchPageFile } from './page-files.js';

async function readInBrowser({ file }: Photograph): Promise<Picture> {
  const path = `pictures/${file}`;
  return browserDecoder.decode(new Uint8Array(await (await fetchPageFile(path)).arrayBuffer()), path);
}

/**
 * The photographs that come with the page, each read once. When the first is there the others are read too: while a run trains, fetching
 * and decoding a picture takes longer than its map.
 */
export class Photographs {
  readonly #known = new Map<number, Promise<Picture>>();
  readonly #read: (photograph: Photograph) => Promise<Picture>;

  /** @param read fetches and decodes one. */
  constructor(read = readInBrowser) {
    this.#read = read;
  }

  async get(index: number): Promise<Picture> {
    const picture = await this.#take(index);
    for (const other of PHOTOGRAPHS.keys()) this.#take(other).catch(() => undefined);
    return picture;
  }

  async #take(index: number): Promise<Picture> {
    const photograph = PHOTOGRAPHS[index];
    if (!photograph)
      throw new PlaygroundError('option.invalid', `picture: there is no photograph ${index}`, { subject: 'picture' });
    const picture = this.#known.get(index) ?? this.#read(photograph);
    this.#known.set(index, picture);
    // One that could not be fetched is fetched again the next time.
    picture.catch(() => this.#known.delete(index));
    return picture;
  }
}
