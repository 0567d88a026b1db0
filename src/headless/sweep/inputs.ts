/** The backbones and data sets of a sweep. Backbones stay open; of the pictures only the last data set's are kept. */
import { existsSync } from 'node:fs';
import type { PixelCache } from '../../data/batches.js';
import { fingerprintOfParts } from '../../data/identity/fingerprint.js';
import { fingerprintOfWeights } from '../../formats/backbones/fingerprint.js';
import type { DataFingerprint } from '../../protocol/runs/run.js';
import { isDrawn, type Configuration } from '../../vit/configuration.js';
import type { Architecture } from '../../vit/architecture.js';
import { framingKey } from '../../vit/framing.js';
import { openData, openModel, picturesOf, readPictures, recounted, reportData, type Data, type Model } from '../inputs/inputs.js';
import type { Terminal } from '../terminal.js';
import type { SweepBackbone, SweepTask } from './config.js';

export interface OpenBackbone {
  readonly model: Model;
  readonly fingerprint: string;
}

export interface OpenPictures {
  readonly data: Data;
  readonly pictures: PixelCache;
  readonly fingerprint: DataFingerprint;
}

/** Whether a task's files are where the sweep says. */
export const isThere = ({ data }: SweepTask): boolean => isDrawn(data) || existsSync(data);

/** What says how a picture becomes a square. */
type Framed = Pick<Architecture, 'framing'>;

/** Everything that decides a data set's pictures and their parts, as a key. */
function dataKey(
  task: SweepTask,
  { seed, splitSeed, splitShares, taskPictures, imageSize }: Configuration,
  { framing }: Framed,
): string {
  const drawn = isDrawn(task.data) ? [seed, taskPictures] : [splitSeed, splitShares];
  return JSON.stringify([task, drawn, framingKey(imageSize, framing)]);
}

export class SweepInputs {
  readonly #terminal: Terminal;
  readonly #backbones = new Map<string, Promise<OpenBackbone>>();
  readonly #fingerprints = new Map<string, DataFingerprint>();
  #last: { readonly key: string; readonly opened: OpenPictures } | null = null;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  backbone(wanted: SweepBackbone): Promise<OpenBackbone> {
    const key = JSON.stringify(wanted);
    const known = this.#backbones.get(key);
    if (known) return known;
    const opening = this.#openBackbone(wanted);
    this.#backbones.set(key, opening);
    return opening;
  }

  async #openBackbone({ path, heads, mean, std }: SweepBackbone): Promise<OpenBackbone> {
    const overrides = { ...(heads ? { heads } : {}), ...(mean ? { mean } : {}), ...(std ? { std } : {}) };
    const model = await openModel(path, this.#terminal, overrides);
    return { model, fingerprint: await fingerprintOfWeights(model.reader) };
  }

  /** The fingerprint of a task's pictures. A data set that was opened before is not opened again. */
  async fingerprint(task: SweepTask, configuration: Configuration, backbone: Framed): Promise<DataFingerprint> {
    const known = this.#fingerprints.get(dataKey(task, configuration, backbone));
    return known ?? (await this.pictures(task, configuration, backbone)).fingerprint;
  }

  async pictures(task: SweepTask, configuration: Configuration, backbone: Framed): Promise<OpenPictures> {
    const key = dataKey(task, configuration, backbone);
    if (this.#last?.key === key) return this.#last.opened;
    // The pictures of the last data set are released before others take their memory.
    this.#last = null;
    const { seed, splitSeed, splitShares, taskPictures, imageSize } = configuration;
    const data = await openData({ place: task.data, options: task.options, seed, splitSeed, splitShares, taskPictures });
    const pictures = picturesOf(data, imageSize, backbone);
    const all = Array.from({ length: data.dataset.length }, (_, index) => index);
    await readPictures(pictures, all, this.#terminal);
    if (!this.#fingerprints.has(key)) reportData(recounted(data, pictures.usable(all)), this.#terminal);
    const opened = { data, pictures, fingerprint: await fingerprintOfParts(pictures) };
    this.#fingerprints.set(key, opened.fingerprint);
    this.#last = { key, opened };
    return opened;
  }
}
