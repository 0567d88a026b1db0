import type { Architecture } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { ConfigurationFiles } from './configuration-files.js';
import { IMAGENET_MEAN, IMAGENET_STD } from './names/map.js';
import type { NamedFileView, NameMap } from './names/map.js';
import { shapeText } from '../../containers/numbers.js';

/** What a person may know better than the file says. */
export interface ArchitectureOverrides {
  readonly heads?: number;
  readonly mean?: readonly [number, number, number];
  readonly std?: readonly [number, number, number];
  /** Side of the pictures that `pos_embed` was made for, where it is no multiple of the patch size. */
  readonly imageSize?: number;
  readonly layerNormEpsilon?: number;
}

/** Heads by width where the field's convention is unambiguous: ViT-Ti, S, B, L, H, g, G. */
const CONVENTIONAL_HEADS: Readonly<Record<number, number>> = {
  192: 3,
  384: 6,
  768: 12,
  1024: 16,
  1280: 16,
  1408: 16,
  1664: 16,
};

/** Sizes that follow from the shapes alone. */
export interface Dimensions {
  readonly embedDim: number;
  readonly patchSize: number;
  readonly depth: number;
  readonly mlpHidden: number;
  readonly distilled: boolean;
  /** Patches on a side of `pos_embed`'s grid. */
  readonly grid: number;
  /** Rows that `pos_embed` has for the class and distillation tokens; 0 where they get none (`no_embed_class`). */
  readonly embeddedTokens: number;
}

const MAX_DEPTH = 200;

function unsupported(file: NamedFileView, feature: string): PlaygroundError {
  return new PlaygroundError(
    'weights.unsupported-architecture',
    `${file.store.name}: the model has ${feature}, which is not supported`,
    { subject: file.store.name },
  );
}

/** Reads the sizes off the shapes. Throws by name where a tensor they are read from is missing, has a wrong shape, or the model is another. */
export function inferDimensions(map: NameMap, file: NamedFileView): Dimensions {
  for (const { tensor, feature } of map.unsupported) {
    for (const name of file.localNames())
      if (tensor.test(name)) throw unsupported(file, `${feature} (tensor '${file.prefix}${name}')`);
  }
  const patch = requireShape(map, file, 'patch_embed.proj.weight', 4, '[D, 3, p, p]');
  const [embedDim = 0, channels = 0, patchSize = 0, patchWidth = 0] = patch;
  if (channels !== 3) throw unsupported(file, `${channels} input channels where red, green and blue were expected`);
  if (patchSize !== patchWidth) throw unsupported(file, `patches of ${patchSize} x ${patchWidth} pixels, which are not square`);
  if (embedDim < 1 || patchSize < 1) throw unsupported(file, `a patch embedding of shape ${shapeText(patch)}`);
  const depth = map.depth(file);
  if (depth < 1) throw unsupported(file, 'a patch embedding but none of the blocks of a vision transformer');
  if (depth > MAX_DEPTH) throw unsupported(file, `${depth} blocks (at most ${MAX_DEPTH})`);
  const [mlpHidden = 0] = requireShape(map, file, 'blocks.0.mlp.fc1.weight', 2, '[hidden, D]');
  const distilled = map.resolve('dist_token', file).kind === 'tensor';
  const position = requireShape(map, file, 'pos_embed', 3, '[1, tokens, D]');
  const [, rows = 0] = position;
  const tokens = distilled ? 2 : 1;
  const hasClassToken = map.resolve('cls_token', file).kind === 'tensor';
  for (const embeddedTokens of [tokens, 0]) {
    const grid = Math.round(Math.sqrt(rows - embeddedTokens));
    if (grid >= 1 && grid * grid === rows - embeddedTokens) {
      if (!hasClassToken && embeddedTokens === 0) throw unsupported(file, 'no class token (mean pooling)');
      return { embedDim, patchSize, depth, mlpHidden, distilled, grid, embeddedTokens };
    }
  }
  throw unsupported(
    file,
    `a position embedding of ${rows} rows, which is no square of patches with ${tokens} token(s) before it`,
  );
}

function requireShape(map: NameMap, file: NamedFileView, name: string, rank: number, expected: string): readonly number[] {
  const resolution = map.resolve(name, file);
  if (resolution.kind === 'missing') {
    const source = resolution.source;
    throw new PlaygroundError(
      'weights.missing-tensor',
      `${file.store.name}: has no tensor '${source}'${source === name ? '' : ` (${name})`}, without which the model's shape is unknown`,
      { subject: source },
    );
  }
  const shape = resolution.kind === 'tensor' ? resolution.shape : resolution.found;
  if (resolution.kind === 'misshapen' || shape.length !== rank) {
    throw new PlaygroundError(
      'weights.wrong-shape',
      `${file.store.name}: tensor '${name}' has shape ${shapeText(shape)}, and ${expected} was expected`,
      { subject: name },
    );
  }
  return shape;
}

interface Said<T> {
  readonly value: T;
  readonly from: string;
}

function numberIn(metadata: Readonly<Record<string, string>>, key: string, from: string): Said<number> | undefined {
  const text = metadata[key];
  const value = text === undefined ? NaN : Number(text);
  return Number.isFinite(value) ? { value, from } : undefined;
}

function tripleIn(metadata: Readonly<Record<string, string>>, key: string): readonly number[] | undefined {
  const values = metadata[key]?.split(',').map(Number);
  return values?.length === 3 && values.every(Number.isFinite) ? values : undefined;
}

function option(name: string, why: string): PlaygroundError {
  return new PlaygroundError('option.invalid', `${name}: ${why}`, { subject: name });
}

/**
 * The whole architecture: sizes from the shapes; heads from the person, the configuration file, the shapes, the metadata or
 * the field's convention; normalisation likewise. Each thing that the shapes do not say gets a note that says where it is from.
 * Throws `option.invalid` where the heads are written nowhere.
 */
export function completeArchitecture(
  dimensions: Dimensions,
  map: NameMap,
  file: NamedFileView,
  configuration: ConfigurationFiles,
  overrides: ArchitectureOverrides,
): { architecture: Architecture; notes: string[] } {
  const notes: string[] = [];
  const { metadata } = file.store;
  const { embedDim, patchSize, depth, mlpHidden, distilled, grid } = dimensions;
  if (configuration.unsupported !== undefined)
    throw new PlaygroundError('weights.unsupported-architecture', configuration.unsupported);
  if (configuration.embedDim && configuration.embedDim.value !== embedDim) {
    throw new PlaygroundError(
      'weights.wrong-shape',
      `${configuration.embedDim.from}: says hidden_size ${configuration.embedDim.value}, but the tensors have ${embedDim} channels`,
    );
  }

  const fromShapes = map.heads?.(file);
  const conventional = CONVENTIONAL_HEADS[embedDim];
  const heads: Said<number> | undefined =
    (overrides.heads === undefined ? undefined : { value: overrides.heads, from: 'what was asked for' }) ??
    configuration.heads ??
    (fromShapes === undefined ? undefined : { value: fromShapes, from: 'the shapes' }) ??
    numberIn(metadata, 'num_heads', "the file's metadata") ??
    (conventional === undefined ? undefined : { value: conventional, from: `the convention for ${embedDim} channels` });
  if (!heads) {
    throw option(
      'heads',
      `${file.store.name} has ${embedDim} channels and does not say in how many attention heads; give the number of heads`,
    );
  }
  if (!Number.isInteger(heads.value) || heads.value < 1 || embedDim % heads.value !== 0) {
    throw option(
      'heads',
      `${heads.value} heads (from ${heads.from}) do not divide the ${embedDim} channels of ${file.store.name}`,
    );
  }
  notes.push(`${heads.value} heads, from ${heads.from}.`);

  const isDistilledHub = map.format.startsWith('Hugging Face') && distilled;
  const mean = tripleIn(metadata, 'mean');
  const std = tripleIn(metadata, 'std');
  const normalisation =
    (overrides.mean && overrides.std ? { mean: overrides.mean, std: overrides.std, from: 'what was asked for' } : undefined) ??
    configuration.normalisation ??
    (mean && std ? { mean, std, from: "the file's metadata" } : undefined) ??
    // DeiT's image processor normalises as ImageNet does, ViT's with 0.5.
    (isDistilledHub
      ? {
          mean: IMAGENET_MEAN,
          std: IMAGENET_STD,
          from: 'the custom of DeiT (no preprocessor_config.json was given)',
        }
      : { mean: map.mean, std: map.std, from: `the custom of ${map.format} files (the file does not say)` });
  const asTriple = (values: readonly number[]): [number, number, number] => [values[0] ?? 0, values[1] ?? 0, values[2] ?? 0];
  const chosenMean = asTriple(overrides.mean ?? normalisation.mean);
  const chosenStd = asTriple(overrides.std ?? normalisation.std);
  if (![...chosenMean, ...chosenStd].every(Number.isFinite) || chosenStd.some((value) => value <= 0)) {
    throw option('std', `the normalisation's standard deviations (${chosenStd.join(', ')}) must be above 0`);
  }
  notes.push(
    `Pixels are normalised with mean ${chosenMean.join(', ')} and deviation ${chosenStd.join(', ')}, from ${normalisation.from}.`,
  );

  const epsilon: Said<number> = (overrides.layerNormEpsilon === undefined
    ? undefined
    : { value: overrides.layerNormEpsilon, from: 'what was asked for' }) ??
    configuration.layerNormEpsilon ??
    numberIn(metadata, 'layer_norm_eps', "the file's metadata") ?? {
      value: map.layerNormEpsilon,
      from: `the custom of ${map.format} files`,
    };
  if (!(epsilon.value > 0 && epsilon.value < 1)) throw option('layerNormEpsilon', `${epsilon.value} is not between 0 and 1`);
  notes.push(`LayerNorm's epsilon is ${epsilon.value}, from ${epsilon.from}.`);

  const imageSize = overrides.imageSize ?? grid * patchSize;
  if (Math.floor(imageSize / patchSize) !== grid) {
    throw option(
      'imageSize',
      `${imageSize} pixels do not hold ${grid} patches of ${patchSize} pixels, for which pos_embed was made`,
    );
  }
  return {
    architecture: {
      imageSize,
      patchSize,
      embedDim,
      depth,
      heads: heads.value,
      mlpHidden,
      distilled,
      layerNormEpsilon: epsilon.value,
      mean: chosenMean,
      std: chosenStd,
    },
    notes,
  };
}
