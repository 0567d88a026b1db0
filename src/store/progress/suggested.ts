/** Backbones of the hub to choose from, and how long training them takes on this machine. */
import type { Estimate } from '../../protocol/api.js';
import { plainArchitecture, type Architecture } from '../../vit/architecture.js';
import type { Configuration } from '../../vit/configuration.js';
import { configurationCost } from '../../vit/cost.js';
import { readSchedule } from '../schedule.js';

export interface SuggestedBackbone {
  /** Its name at the hub. */
  readonly repository: string;
  readonly name: string;
  /** What it is good at, as a sentence. */
  readonly suits: string;
  readonly parameters: number;
  /** Size of the file. */
  readonly bytes: number;
  readonly licence: string;
  /** Side in pixels of the pictures to begin with. */
  readonly side: number;
  readonly patch: number;
  readonly channels: number;
  readonly registers: number;
}

const DEPTH = 12;
const HEAD_WIDTH = 64;
const LICENCE = 'Apache-2.0';
const common = { licence: LICENCE, side: 224, patch: 16, registers: 0 } as const;
const tiny = { ...common, parameters: 5.7e6, channels: 192 } as const;
const small = { ...common, parameters: 22e6, bytes: 88.2e6, channels: 384 } as const;

/** The smallest first. Numbers of weights and sizes of files are as the hub lists them. */
export const SUGGESTED: readonly SuggestedBackbone[] = [
  {
    ...tiny,
    repository: 'timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k',
    name: 'ViT-Ti/16, AugReg',
    suits: 'The first choice on a small machine.',
    bytes: 22.9e6,
  },
  {
    ...tiny,
    repository: 'timm/deit_tiny_patch16_224.fb_in1k',
    name: 'DeiT-Ti/16',
    suits: 'As small; learned from ImageNet-1k alone.',
    bytes: 23e6,
  },
  {
    ...small,
    repository: 'timm/vit_small_patch16_224.augreg_in1k',
    name: 'ViT-S/16, AugReg',
    suits: 'More accurate, at about four times the time.',
  },
  {
    ...small,
    repository: 'timm/vit_small_patch14_dinov2.lvd142m',
    name: 'ViT-S/14, DINOv2',
    suits: 'Learned without labels: for pictures unlike ImageNet’s.',
    patch: 14,
  },
  {
    ...small,
    repository: 'timm/vit_small_patch14_reg4_dinov2.lvd142m',
    name: 'ViT-S/14, DINOv2 with registers',
    suits: 'The same with four register tokens: smoother maps.',
    patch: 14,
    registers: 4,
  },
  {
    ...common,
    repository: 'timm/vit_base_patch16_224.augreg_in21k',
    name: 'ViT-B/16, AugReg',
    suits: 'The backbone of the paper; for a graphics card.',
    parameters: 86e6,
    bytes: 410e6,
    channels: 768,
  },
];

function architectureOf({ side, patch, channels, registers }: SuggestedBackbone): Architecture {
  const sizes = { imageSize: side, patchSize: patch, embedDim: channels, depth: DEPTH, heads: channels / HEAD_WIDTH };
  return { ...plainArchitecture(sizes), registers };
}

/**
 * Images a second in training with a suggested backbone, merging as the configuration says: in inverse proportion to the
 * multiply-accumulates, from the speed of the one in use. Null where that is not known, or the schedule does not fit.
 */
export function throughputOf(
  backbone: SuggestedBackbone,
  configuration: Configuration,
  { imagesPerSecond, macs }: Pick<Estimate, 'imagesPerSecond' | 'macs'>,
  classes: number,
): number | null {
  const architecture = architectureOf(backbone);
  const at = { ...configuration, imageSize: backbone.side };
  const read = readSchedule(at, architecture);
  if (imagesPerSecond === null || !read.ok || read.schedule.problems.length > 0) return null;
  return (imagesPerSecond * macs) / configurationCost(at, architecture, read.schedule.tokens, classes).macs;
}
