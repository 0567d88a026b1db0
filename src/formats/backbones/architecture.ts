import type { Architecture } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import { framingWords, type Framing, WHOLE_PICTURE } from '../../vit/framing.js';
import type { Dimensions } from './dimensions.js';
import type { NamedFileView, NameMap } from './names/map.js';
import { customOf, normalisationByName, type Family } from './normalisation.js';
import { firstSaid, type Normalisation, type Said, type SaidOfModel } from './said/types.js';

/** What a person may know better than the files. */
export interface ArchitectureOverrides {
  readonly heads?: number;
  readonly mean?: readonly [number, number, number];
  readonly std?: readonly [number, number, number];
  /** Side of the pictures that `pos_embed` was made for, where it is not a multiple of the patch size. */
  readonly imageSize?: number;
  readonly layerNormEpsilon?: number;
  readonly antialiasedPositions?: boolean;
  readonly framing?: Framing;
}

/** Attention heads of timm's and transformers' models by width, for the widths at which all models have the same number. */
const KNOWN_HEADS: Readonly<Record<number, number>> = {
  64: 2,
  192: 3,
  256: 4,
  320: 5,
  384: 6,
  512: 8,
  640: 10,
  768: 12,
  896: 14,
  1024: 16,
  1152: 16,
  1280: 16,
  1408: 16,
  1536: 24,
  1664: 16,
};

/** The same for a family whose models have other numbers: MoCo v3's small transformer has 12 heads of 32 channels. */
const HEADS_OF_FAMILY: Readonly<Partial<Record<Family | 'PYRA', Readonly<Record<number, number>>>>> = { 'MoCo v3': { 384: 12 } };

function numberIn(metadata: Readonly<Record<string, string>>, key: string, from: string): Said<number> | undefined {
  const text = metadata[key];
  const value = text === undefined ? NaN : Number(text);
  return Number.isFinite(value) ? { value, from } : undefined;
}

function tripleIn(metadata: Readonly<Record<string, string>>, key: string): readonly number[] | undefined {
  const values = metadata[key]?.split(',').map(Number);
  return values?.length === 3 && values.every(Number.isFinite) ? values : undefined;
}

/** What this project writes into a file's metadata. */
export function readFileMetadata(metadata: Readonly<Record<string, string>>): SaidOfModel {
  const from = "the file's metadata";
  const heads = numberIn(metadata, 'num_heads', from);
  const epsilon = numberIn(metadata, 'layer_norm_eps', from);
  const mean = tripleIn(metadata, 'mean');
  const std = tripleIn(metadata, 'std');
  return {
    ...(heads && { heads }),
    ...(epsilon && { layerNormEpsilon: epsilon }),
    ...(mean && std && { normalisation: { value: { mean, std }, from } }),
  };
}

function option(name: string, why: string): PlaygroundError {
  return new PlaygroundError('option.invalid', `${name}: ${why}`, { subject: name });
}

const asked = <T>(value: T | undefined): Said<T> | undefined =>
  value === undefined ? undefined : { value, from: 'what was asked for' };

function chooseHeads(
  file: string,
  { embedDim, family }: { readonly embedDim: number; readonly family: Family | 'PYRA' },
  evidence: readonly (Said<number> | undefined)[],
): Said<number> {
  const own = HEADS_OF_FAMILY[family]?.[embedDim];
  const known = own ?? KNOWN_HEADS[embedDim];
  const whose = own === undefined ? 'the convention' : `the custom of ${family} files`;
  const heads =
    evidence.find((said) => said !== undefined) ??
    (known === undefined ? undefined : { value: known, from: `${whose} for ${embedDim} channels` });
  if (!heads) {
    throw option(
      'heads',
      `${file} has ${embedDim} channels and does not say in how many attention heads; give the number of heads`,
    );
  }
  if (!Number.isInteger(heads.value) || heads.value < 1 || embedDim % heads.value !== 0) {
    throw option('heads', `${heads.value} heads (from ${heads.from}) do not divide the ${embedDim} channels of ${file}`);
  }
  return heads;
}

interface ChosenNormalisation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly from: string;
  readonly guessed: boolean;
}

const asTriple = (values: readonly number[]): readonly [number, number, number] => [
  values[0] ?? 0,
  values[1] ?? 0,
  values[2] ?? 0,
];

/** A sentence. @param from where the values come from, such as `as the run was trained`. */
export const describeNormalisation = ({ mean, std }: Pick<Architecture, 'mean' | 'std'>, from: string): string =>
  `Pixels are normalised with mean ${mean.join(', ')} and deviation ${std.join(', ')}, ${from}.`;

/** Takes the files' own statement, else one by the file's name, else the family's default, which counts as a guess. */
function chooseNormalisation(
  { map, file, family, classes, said }: ModelEvidence,
  overrides: ArchitectureOverrides,
): ChosenNormalisation {
  const whole = overrides.mean && overrides.std ? { mean: overrides.mean, std: overrides.std } : undefined;
  const byName = (): Said<Normalisation> | undefined => {
    const timmName = firstSaid(said, 'timmName');
    const found = normalisationByName(timmName?.value ?? file.store.name);
    return found && { value: found, from: timmName ? `the name '${timmName.value}' in ${timmName.from}` : "the file's name" };
  };
  const ofForm = map.normalisation && { value: map.normalisation, from: `the custom of ${map.format} files` };
  const certain = asked<Normalisation>(whole) ?? firstSaid(said, 'normalisation') ?? ofForm ?? byName();
  const custom = customOf(family, classes);
  const chosen = certain ?? { value: custom.value, from: `the custom of ${custom.whose} (the file does not say)` };
  const mean = asTriple(overrides.mean ?? chosen.value.mean);
  const std = asTriple(overrides.std ?? chosen.value.std);
  if (![...mean, ...std].every(Number.isFinite) || std.some((value) => value <= 0)) {
    throw option('std', `the normalisation's standard deviations (${std.join(', ')}) must be above 0`);
  }
  const half = overrides.mean && !whole ? 'mean' : overrides.std && !whole ? 'deviation' : null;
  const from = half === null ? chosen.from : `${chosen.from}, the ${half} as it was asked for`;
  return { mean, std, from, guessed: certain === undefined };
}

export interface ModelEvidence {
  readonly map: NameMap;
  readonly file: NamedFileView;
  readonly dimensions: Dimensions;
  readonly family: Family | 'PYRA';
  /** Outputs of the head, where the file has one. */
  readonly classes: number | undefined;
  /** What the configuration files say, the one nearest to the model first. */
  readonly said: readonly SaidOfModel[];
}

/** Throws where a configuration gives a size that the tensors contradict. */
function requireAgreement({ file, dimensions, said }: ModelEvidence): void {
  const { embedDim, depth, patchSize } = dimensions;
  const sizes = [
    ['embedDim', embedDim, 'hidden_size', 'channels'],
    ['depth', depth, 'num_hidden_layers', 'blocks'],
    ['patchSize', patchSize, 'patch_size', 'pixels in a patch'],
  ] as const;
  for (const [key, found, theirs, what] of sizes) {
    const stated = firstSaid(said, key);
    if (stated === undefined || stated.value === found) continue;
    throw new PlaygroundError(
      'weights.wrong-shape',
      `${stated.from}: says ${theirs} ${stated.value}, but the tensors of ${file.store.name} have ${found} ${what}`,
      { subject: stated.from },
    );
  }
}

/**
 * The whole architecture. Sizes come from the shapes. Heads come from the person, the configuration, the shapes, the metadata, or a known
 * width, in this order. Everything that the shapes do not tell gets a note with its source; a default counts as a guess. Throws
 * `option.invalid` where nothing gives the number of heads.
 */
export function completeArchitecture(
  evidence: ModelEvidence,
  overrides: ArchitectureOverrides,
): { architecture: Architecture; notes: string[]; normalisation: string; guesses: string[] } {
  const { map, file, dimensions, family, said } = evidence;
  const { embedDim, patchSize, depth, mlpHidden, distilled, registers, grid } = dimensions;
  const { name } = file.store;
  const refused = firstSaid(said, 'unsupported');
  if (refused !== undefined) throw new PlaygroundError('weights.unsupported-architecture', refused);
  requireAgreement(evidence);

  const fromShapes = map.attentionHeads?.(file);
  const heads = chooseHeads(name, { embedDim, family }, [
    asked(overrides.heads),
    firstSaid(said, 'heads'),
    fromShapes === undefined ? undefined : { value: fromShapes, from: 'the shapes' },
  ]);
  const { mean, std, from, guessed } = chooseNormalisation(evidence, overrides);
  const isDinov2 = family === 'DINOv2';
  const epsilon = asked(overrides.layerNormEpsilon) ??
    firstSaid(said, 'layerNormEpsilon') ?? {
      value: isDinov2 ? 1e-6 : map.layerNormEpsilon,
      from: `the custom of ${isDinov2 ? 'DINOv2' : map.format} files`,
    };
  if (!(epsilon.value > 0 && epsilon.value < 1)) throw option('layerNormEpsilon', `${epsilon.value} is not between 0 and 1`);
  const imageSize = overrides.imageSize ?? grid * patchSize;
  if (Math.floor(imageSize / patchSize) !== grid) {
    throw option(
      'imageSize',
      `${imageSize} pixels do not hold ${grid} patches of ${patchSize} pixels, for which pos_embed was made`,
    );
  }
  const framing = asked(overrides.framing) ?? firstSaid(said, 'framing') ?? { value: WHOLE_PICTURE, from: "the paper's recipe" };
  const guess = `${name}: how pixels are normalised is a guess: mean ${mean.join(', ')} and deviation ${std.join(', ')}, from ${from}`;
  const normalisation = describeNormalisation({ mean, std }, `from ${from}`);
  return {
    architecture: {
      imageSize,
      patchSize,
      embedDim,
      depth,
      heads: heads.value,
      mlpHidden,
      distilled,
      registers,
      layerNormEpsilon: epsilon.value,
      antialiasedPositions: overrides.antialiasedPositions ?? (family !== 'PYRA' && map.antialiasedPositions(dimensions)),
      mean,
      std,
      framing: framing.value,
    },
    notes: [
      `${heads.value} heads, from ${heads.from}.`,
      normalisation,
      `LayerNorm's epsilon is ${epsilon.value}, from ${epsilon.from}.`,
      `At the backbone's own size a picture is ${framingWords(framing.value.side ?? imageSize, framing.value)}, from ${framing.from}; at another size that is set, in the same way.`,
    ],
    normalisation,
    guesses: guessed ? [guess] : [],
  };
}
