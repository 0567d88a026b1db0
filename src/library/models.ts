import { byteSourceFromBytes } from '../containers/sources.js';
import { requireSameSizes, parseAdapted, writeAdapted } from '../formats/adapted/adapted.js';
import { loadWeights, type ArchitectureOverrides } from '../formats/backbones/weights.js';
import type { AdaptedModel, WeightReader } from '../formats/types.js';
import type { Architecture } from '../vit/architecture.js';
import { PlaygroundError } from '../vit/errors.js';

/** A file in memory. */
export interface GivenBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A frozen vision transformer, whose weights are read when they are needed. */
export interface Backbone {
  readonly name: string;
  readonly architecture: Architecture;
  readonly reader: WeightReader;
}

/** A backbone with the weights that were trained on it. */
export type Model = AdaptedModel;

/**
 * Opens a vision transformer under timm's, Hugging Face's, AugReg's or PYRA's own names: safetensors (one file, or shards with their
 * index), `.npz` or `.pth`, with `config.json` beside it if there is one.
 *
 * @param said properties that the files may lack: attention heads, and mean and deviation of the pixels.
 */
export async function openBackbone(files: readonly GivenBytes[], said: ArchitectureOverrides = {}): Promise<Backbone> {
  const { name, architecture, reader } = await loadWeights(
    files.map((file) => byteSourceFromBytes(file.name, file.bytes)),
    said,
  );
  if (architecture) return { name, architecture, reader };
  throw new PlaygroundError('file.unsupported', `${name}: holds adapted weights without their backbone`, { subject: name });
}

/** Opens what {@link saveAdapted} wrote (`adapted.safetensors`), on the backbone that it was trained on. */
export async function openAdapted(file: GivenBytes, backbone: Backbone): Promise<Model> {
  const { metadata, trained } = await parseAdapted(byteSourceFromBytes(file.name, file.bytes));
  requireSameSizes(file.name, metadata, backbone.architecture);
  return { metadata, trained, backbone: backbone.reader };
}

/** The trained weights and the configuration as a safetensors file for {@link openAdapted}. The same model gives the same bytes. */
export const saveAdapted = ({ metadata, trained }: Model): Uint8Array<ArrayBuffer> => writeAdapted(metadata, trained);
