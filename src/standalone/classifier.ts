/** A run as a stand-alone classifier, for the page that it is exported as. */
import type { ByteSource } from '../containers/bytes.js';
import { openSafetensors } from '../containers/safetensors/safetensors.js';
import { framePicture } from '../data/pictures/resize.js';
import type { Picture } from '../data/types.js';
import { createNetwork } from '../engine/model/network.js';
import type { Network, Tracer } from '../engine/model/types.js';
import type { Machine } from '../engine/plan/machine.js';
import { mostProbable } from '../engine/training/prediction.js';
import { setUpAdapted } from '../engine/training/setup.js';
import { parseAdapted } from '../formats/adapted/adapted.js';
import { readMeasured, type Measured } from '../formats/exports/measured.js';
import type { AdaptedMetadata } from '../formats/types.js';
import type { MergeMap } from '../protocol/maps.js';
import { protectedTokens } from '../vit/architecture.js';

/** The classification of one picture, and how its tokens merged. */
export interface Classified {
  /** Index of the most probable class. */
  readonly label: number;
  /** [classes]: softmax of the logits. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  readonly map: Pick<MergeMap, 'gridSide' | 'imageSize' | 'protectedTokens' | 'pixels' | 'blocks'>;
  /** Time of the forward alone. */
  readonly milliseconds: number;
}

/** A network with the weights of one file, for one picture at a time. */
export class Classifier {
  readonly metadata: AdaptedMetadata;
  /** Null if the weights were exported before they were measured. */
  readonly measured: Measured | null;
  readonly #network: Network;
  readonly #tracer: Tracer;

  private constructor(metadata: AdaptedMetadata, measured: Measured | null, network: Network, tracer: Tracer) {
    this.metadata = metadata;
    this.measured = measured;
    this.#network = network;
    this.#tracer = tracer;
  }

  /**
   * Opens the file that the export wrote, with the backbone and its trained weights. Rejects with `file.unsupported` for another file,
   * and with `weights.missing-tensor` or `weights.wrong-shape` if tensors do not fit the file's own description.
   */
  static async open(machine: Machine, weights: ByteSource): Promise<Classifier> {
    const { metadata, trained } = await parseAdapted(weights);
    const file = await openSafetensors(weights);
    const reader = { shape: (name: string) => file.tensors.get(name)?.shape, read: (name: string) => file.read(name) };
    const network = await createNetwork(machine, metadata.architecture, reader, setUpAdapted(metadata).options);
    network.writeTrained(trained);
    return new Classifier(metadata, readMeasured(file.metadata), network, await network.tracer());
  }

  /** Classifies a picture. Rejects with `training.not-finite` if the result has numbers that are not finite. */
  async classify(picture: Picture): Promise<Classified> {
    const { configuration, architecture } = this.metadata;
    const { imageSize } = configuration;
    const pixels = framePicture(picture, imageSize, architecture.framing);
    const { logits, blocks, milliseconds } = await this.#tracer.trace(pixels);
    const { label, confidence } = mostProbable(logits, 'the picture');
    const most = logits[label] ?? NaN;
    return {
      label,
      probabilities: logits.map((value) => Math.exp(value - most) * confidence),
      map: {
        gridSide: Math.floor(imageSize / architecture.patchSize),
        imageSize,
        protectedTokens: protectedTokens(architecture),
        pixels: new Uint8ClampedArray(pixels),
        blocks,
      },
      milliseconds,
    };
  }

  destroy(): void {
    this.#tracer.destroy();
    this.#network.destroy();
  }
}
