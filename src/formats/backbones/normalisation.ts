/** How pixels are normalised where no configuration says it: by the file's name, else by the family's default, which counts as a guess. */
import type { Normalisation } from './said/types.js';

type Triple = readonly [number, number, number];

export const IMAGENET: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
/** -1 to 1. */
export const HALF: Normalisation = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
const CLIP_MEAN: Triple = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD: Triple = [0.26862954, 0.26130258, 0.27577711];
const CLIP: Normalisation = { mean: CLIP_MEAN, std: CLIP_STD };
const UNCHANGED: Normalisation = { mean: [0, 0, 0], std: [1, 1, 1] };

/** Defaults by name: timm's `default_cfg`, and those of the families' own files. The first match counts. */
const BY_NAME: readonly (readonly [RegExp, Normalisation])[] = [
  [/vit_\w+_(miil|tipsv2)/, UNCHANGED],
  [/(^|[^a-z])(clip|openai|laion2b|bamboo)([^a-z]|$)/, CLIP],
  [/deit|dino|(^|[^a-z])(mae|ibot|ijepa|moco|mocov3|msn)([^a-z]|$)/, IMAGENET],
  [/(^|[^a-z])(vit_[a-z]+\d*_patch\d+|flexivit_|test_vit|vit[-_][a-z]{1,2}[_-]\d+|[a-z]+_\d+-i(1k|21k))/, HALF],
];

/** The normalisation that timm, or the model's own authors, use for files of such a name; undefined where the name tells nothing. */
export function normalisationByName(name: string): Normalisation | undefined {
  const lower = name.toLowerCase();
  return BY_NAME.find(([pattern]) => pattern.test(lower))?.[1];
}

/** Families that can be recognised by their tensors. */
export type Family = 'ViT' | 'DeiT' | 'DeiT III' | 'DINO' | 'DINOv2' | 'MAE' | 'MoCo v3' | 'MSN';

/** Outputs of the plain transformers that Google and timm published: ImageNet's in its several sizes. */
const PUBLISHED_HEADS = [1000, 1001, 10_450, 11_221, 11_821, 21_841, 21_842, 21_843];

/**
 * The default normalisation and whose it is. The plain transformer was published with pixels from -1 to 1. A head of an unusual size was
 * trained by another script; such scripts normalise as for ImageNet, as do the families that Meta trained.
 */
export function customOf(
  family: Family | 'PYRA',
  classes: number | undefined,
): { readonly value: Normalisation; readonly whose: string } {
  if (family === 'PYRA') return { value: IMAGENET, whose: "PYRA's authors" };
  if (family !== 'ViT') return { value: IMAGENET, whose: `${family} files` };
  return classes === undefined || PUBLISHED_HEADS.includes(classes)
    ? { value: HALF, whose: 'plain vision transformers' }
    : { value: IMAGENET, whose: `scripts that train a head of ${classes} classes` };
}
