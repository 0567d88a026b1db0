import type { Architecture } from '../../vit/architecture.js';
import { protectedTokens } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import { MOST_HALF, roundToHalves } from '../../vit/half.js';
import { blockShapes, outerShapes } from '../../vit/weights.js';
import { sketchStorage, viewOf, type Storage, type StorageMaker, type StorageOptions, type Tensor } from '../plan/tensor.js';
import { interpolatePositions } from '../../vit/positions.js';
import type { ParameterLayout } from './parameters.js';
import type { BackboneReader, HostTensor } from './types.js';

/** How a backbone is stored on a machine. */
export interface BackboneForm {
  /** Patches on a side of the pictures. */
  readonly gridSide: number;
  readonly half: boolean;
}

/** Matrices, which multiply the tokens, can be rounded. Norms, biases and positions cannot. */
const isMatrix = (shape: readonly number[]): boolean => shape.length > 1;

/** The position embedding of a file, from which that of other grids is interpolated. */
interface GivenPositions {
  /** [1, T + P, C]. */
  readonly tensor: HostTensor;
  /** T. */
  readonly tokens: number;
  readonly antialiased: boolean;
}

/** Frozen weights on a machine, by timm's names, and two tensors that are made from several weights. */
export class Backbone {
  readonly #storages: Map<string, Storage>;
  /** Those that are released with it. */
  readonly #owned: Storage[] = [];
  #positions: GivenPositions | undefined;
  parameters = 0;
  readonly #make: StorageMaker;

  private constructor(make: StorageMaker, shared: ReadonlyMap<string, Storage> = new Map()) {
    this.#make = make;
    this.#storages = new Map(shared);
    for (const { length } of shared.values()) this.parameters += length;
  }

  /**
   * Uploads every frozen weight to a machine. Rejects with `option.invalid` where a weight is to be stored in float16 but is too large for
   * it.
   * @param gridSide patches on a side of the pictures, to which the position embedding is resampled.
   * @param half whether matrices are rounded to float16, so that a machine may store them in it.
   */
  static async upload(
    make: StorageMaker,
    architecture: Architecture,
    reader: BackboneReader,
    { gridSide, half }: BackboneForm,
    onProgress?: (done: number, total: number) => void,
  ): Promise<Backbone> {
    const backbone = new Backbone(make);
    const { embedDim: C, distilled, registers, antialiasedPositions } = architecture;
    const T = protectedTokens(architecture);
    const shapes = shapesOf(architecture);
    let done = 0;
    for (const [name, shape] of shapes) {
      const { data } = await readChecked(reader, name, shape);
      if (half && isMatrix(shape)) backbone.#addHalf(name, data);
      else backbone.#add(name, data);
      onProgress?.(++done, shapes.length + 2);
    }
    const cls = await readChecked(reader, 'cls_token', [1, 1, C]);
    const prefix = new Float32Array(T * C);
    prefix.set(cls.data);
    if (distilled) prefix.set((await readChecked(reader, 'dist_token', [1, 1, C])).data, C);
    if (registers > 0) {
      const { data } = await readChecked(reader, 'reg_token', [1, registers, C]);
      prefix.set(data, (T - registers) * C);
    }
    backbone.#add('prefix', prefix);
    onProgress?.(++done, shapes.length + 2);
    const from = Math.floor(architecture.imageSize / architecture.patchSize);
    const tensor = await readChecked(reader, 'pos_embed', [1, T + from * from, C]);
    backbone.#addPositions({ tensor, tokens: T, antialiased: antialiasedPositions }, gridSide);
    onProgress?.(done + 1, shapes.length + 2);
    return backbone;
  }

  /**
   * The same weights for pictures with another number of patches. Only its position embedding is its own, and released with it; it must not
   * be used after the original was released.
   * @param gridSide patches on a side of the pictures.
   */
  forGrid(gridSide: number): Backbone {
    const given = this.#positions;
    if (!given) throw new Error('backbone: it has no positions to resample');
    const weights = new Map(this.#storages);
    weights.delete('positions');
    const other = new Backbone(this.#make, weights);
    other.#addPositions(given, gridSide);
    return other;
  }

  /** The backbone of a network whose weights all train: nothing is frozen. */
  static none(): Backbone {
    return new Backbone(sketchStorage);
  }

  /** A backbone with the length of every weight and no values, for recording a plan that is only measured. */
  static sketch(architecture: Architecture, { gridSide, half }: BackboneForm): Backbone {
    const backbone = new Backbone(sketchStorage);
    const T = protectedTokens(architecture);
    const { embedDim: C } = architecture;
    for (const [name, shape] of shapesOf(architecture)) {
      const length = shape.reduce((product, side) => product * side, 1);
      backbone.#place(name, length, { half: half && isMatrix(shape) });
    }
    backbone.#place('prefix', T * C);
    backbone.#place('positions', (T + gridSide ** 2) * C);
    return backbone;
  }

  #addPositions(given: GivenPositions, gridSide: number): void {
    this.#positions = given;
    this.#add('positions', interpolatePositions(given.tensor, given.tokens, gridSide, given.antialiased).data);
  }

  #add(name: string, data: Float32Array<ArrayBuffer>): void {
    this.#place(name, data.length, { data });
  }

  #addHalf(name: string, given: Float32Array<ArrayBuffer>): void {
    const data = roundToHalves(given);
    const past = data.findIndex((value) => Math.abs(value) > MOST_HALF);
    if (past !== -1) {
      const message = `backbone: '${name}' holds ${given[past]}, and half precision ends at ${MOST_HALF}; leave its weights whole`;
      throw new PlaygroundError('option.invalid', message, { subject: 'half-weights' });
    }
    this.#place(name, data.length, { data, half: true });
  }

  #place(name: string, length: number, more: Pick<StorageOptions, 'data' | 'half'> = {}): void {
    this.parameters += length;
    const storage = this.#make({ label: name, role: 'frozen', type: 'f32', length, ...more });
    this.#owned.push(storage);
    this.#storages.set(name, storage);
  }

  get(name: string): Tensor {
    const storage = this.#storages.get(name);
    if (!storage) throw new Error(`backbone: there is no weight ${name}`);
    return viewOf(storage);
  }

  get bytes(): number {
    return [...this.#storages.values()].reduce((sum, { length, half }) => sum + (half === true ? 2 : 4) * length, 0);
  }

  release(): void {
    for (const storage of this.#owned) storage.release();
  }
}

/** The frozen weights that are uploaded unchanged. */
function shapesOf(architecture: Architecture): (readonly [string, readonly number[]])[] {
  const outer = outerShapes(architecture);
  const blocks = Array.from({ length: architecture.depth }, (_, block) =>
    blockShapes(architecture).map(([suffix, shape]) => [`blocks.${block}.${suffix}`, shape] as const),
  );
  return [...outer.embedding, ...outer.norm, ...blocks.flat()];
}

/**
 * The initial values of the weights of a file, for a network whose backbone trains, in one flat array by `layout`.
 * @param values the initial values of the other weights; it is written to.
 */
export async function readStart(
  values: Float32Array<ArrayBuffer>,
  { parameters }: ParameterLayout,
  architecture: Architecture,
  reader: BackboneReader,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const given = parameters.filter(({ start }) => start.kind === 'given');
  for (const [index, { name, shape, offset }] of given.entries()) {
    const tensor = await (name === 'pos_embed' ? positionsAs(shape, architecture, reader) : readChecked(reader, name, shape));
    values.set(tensor.data, offset);
    onProgress?.(index + 1, given.length);
  }
}

/** The position embedding, resampled from the file's grid to another one: [1, T + P, C]. */
async function positionsAs(shape: readonly number[], architecture: Architecture, reader: BackboneReader): Promise<HostTensor> {
  const T = protectedTokens(architecture);
  const sideOf = ([, rows = 0]: readonly number[]): number => Math.sqrt(rows - T);
  const from = Math.floor(sideOf(reader.shape('pos_embed') ?? shape));
  const positions = await readChecked(reader, 'pos_embed', [1, T + from * from, architecture.embedDim]);
  return interpolatePositions(positions, T, sideOf(shape), architecture.antialiasedPositions);
}

async function readChecked(reader: BackboneReader, name: string, shape: readonly number[]): Promise<HostTensor> {
  const tensor = await reader.read(name);
  if (tensor.shape.join() !== shape.join()) {
    throw new PlaygroundError(
      'weights.wrong-shape',
      `backbone: '${name}' has shape [${tensor.shape.join(', ')}], expected [${shape.join(', ')}]`,
      { subject: name },
    );
  }
  return tensor;
}
