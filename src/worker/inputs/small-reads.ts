import type { ByteSource } from '../../containers/bytes.js';
import { byteSourceFromBlob, requireRange } from '../../containers/sources.js';

/** Reads up to this many bytes are gathered; for longer ones the bytes themselves are what takes the time. */
const SMALL_READ = 64 * 1024;
/** A file up to this size is read whole: a slice would be one more object that the browser's process keeps. */
const SMALL_FILE = 32 * 1024;

const IN_ONE_READ = 64;
const READS_AT_ONCE = 8;

type Bytes = Uint8Array<ArrayBuffer>;

interface Wanted {
  /** The file, or the slice of it that is read. */
  readonly blob: Blob;
  /** Where in the blob the wanted bytes lie. */
  readonly from: number;
  readonly length: number;
  /** Reads these bytes alone; its error names the file. */
  readonly alone: () => Promise<Bytes>;
  readonly resolve: (bytes: Bytes) => void;
  readonly reject: (reason: unknown) => void;
}

const readAlone = ({ alone, resolve, reject }: Wanted): Promise<void> => alone().then(resolve, reject);

async function readTogether(wanted: readonly Wanted[]): Promise<void> {
  const all = await new Blob(wanted.map(({ blob }) => blob)).arrayBuffer().catch(() => null);
  // One file that is gone or changed makes the gathered read fail: each is read alone, which shows which one it is.
  if (all?.byteLength !== wanted.reduce((sum, { blob }) => sum + blob.size, 0)) {
    await Promise.all(wanted.map(readAlone));
    return;
  }
  let at = 0;
  for (const { blob, from, length, resolve } of wanted) {
    resolve(new Uint8Array(all.slice(at + from, at + from + length)));
    at += blob.size;
  }
}

/**
 * Gathers small reads that are asked for at the same time, perhaps of many files, into one read of a blob of blobs. A read of its own
 * takes the browser's process most of a millisecond, however short it is, and a gathered one a fifth of that.
 */
export class SmallReads {
  #waiting: Wanted[] = [];
  #underWay = 0;
  #begins = false;

  /** A dropped or picked file as a source. */
  source(name: string, blob: Blob): ByteSource {
    const file = byteSourceFromBlob(name, blob);
    return {
      ...file,
      gathered: true,
      read: async (offset, length) => {
        if (length > SMALL_READ) return file.read(offset, length);
        requireRange(file, offset, length);
        return new Promise<Bytes>((resolve, reject) => {
          const whole = blob.size <= SMALL_FILE;
          this.#waiting.push({
            blob: whole ? blob : blob.slice(offset, offset + length),
            from: whole ? offset : 0,
            length,
            alone: () => file.read(offset, length),
            resolve,
            reject,
          });
          this.#begin();
        });
      },
    };
  }

  /** Starts reads once everyone who asks in this turn of the event loop has asked. */
  #begin(): void {
    if (this.#begins || this.#waiting.length === 0 || this.#underWay === READS_AT_ONCE) return;
    this.#begins = true;
    queueMicrotask(() => {
      this.#begins = false;
      while (this.#waiting.length > 0 && this.#underWay < READS_AT_ONCE) {
        this.#underWay++;
        const some = this.#waiting.splice(0, IN_ONE_READ);
        const [only] = some;
        void (only && some.length === 1 ? readAlone(only) : readTogether(some)).then(() => {
          this.#underWay--;
          this.#begin();
        });
      }
    });
  }
}
