/** An unadapted classifier, with nothing trained here, whose tokens merge as in ToMe. */
import { initialTokens, protectedTokens } from '../../vit/architecture.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { HEAD_ALONE } from '../../vit/adapters/index.js';
import { PlaygroundError } from '../../vit/errors.js';
import { TRAINING_FREE, UNREDUCED } from '../../vit/methods/index.js';
import { requireSchedule, type ScheduleText } from '../../vit/schedule.js';
import type { AdaptedModel, Checkpoint } from '../types.js';
import type { NamedTensor } from '../../containers/tensors.js';
import { withBothHeads } from './heads.js';
import { readTrained } from './weights.js';

export interface ClassifierOptions {
  /** Side of the pictures in pixels, a multiple of the patch. */
  readonly imageSize: number;
  readonly schedule: ScheduleText;
}

/** The labels that came with the file, where there is one for each class, else `class 0` and so on. */
function classesOf({ labels }: Checkpoint, count: number): readonly string[] {
  return labels?.length === count ? labels : Array.from({ length: count }, (_, index) => `class ${index}`);
}

/** The trained tensors, with a second head where a distilled network has only one. */
async function completeTrained(checkpoint: Checkpoint): Promise<ReadonlyMap<string, NamedTensor>> {
  const trained = await readTrained(checkpoint);
  if (!checkpoint.architecture.distilled) return trained;
  const heads = withBothHeads(
    new Map([...trained].map(([name, tensor]) => [name, { shape: tensor.shape, read: async () => tensor }])),
  );
  return new Map(await Promise.all([...heads].map(async ([name, tensor]) => [name, await tensor.read()] as const)));
}

/**
 * The checkpoint's own head on its own backbone, with size-weighted merging by the schedule and proportional attention (ToMe, arXiv
 * 2210.09461, which needs no training).
 *
 * Rejects with `file.unsupported` where there is no head or the file was adapted, `option.invalid` where the picture's side is not a
 * multiple of the patch size, `schedule.invalid` where the schedule does not fit.
 */
export async function classifierModel(checkpoint: Checkpoint, options: ClassifierOptions): Promise<AdaptedModel> {
  const { name, architecture, reader, adapted, headless } = checkpoint;
  const refuse = (what: string): PlaygroundError =>
    new PlaygroundError('file.unsupported', `${name}: ${what}`, { subject: name });
  if (adapted) throw refuse('has adapted weights, so it is not an unadapted classifier; its tokens merge as those weights say');
  const count = reader.shape('head.weight')?.[0];
  if (count === undefined) {
    const why = headless === undefined ? '' : ` (${headless})`;
    throw refuse(`has no classification head${why}, so it tells no classes apart; 'adapt' trains one`);
  }
  const { imageSize, schedule } = options;
  if (imageSize % architecture.patchSize !== 0) {
    const message = `image size: ${imageSize} is no multiple of the patch size ${architecture.patchSize}`;
    throw new PlaygroundError('option.invalid', message, { subject: 'image-size' });
  }
  const { r } = requireSchedule(schedule, {
    tokens: initialTokens(architecture, imageSize),
    protectedTokens: protectedTokens(architecture),
    depth: architecture.depth,
    distilled: architecture.distilled,
  });
  const method = r.some((merged) => merged > 0) ? TRAINING_FREE : UNREDUCED;
  return {
    metadata: {
      version: 1,
      configuration: {
        ...PAPER_RECIPE,
        model: name,
        data: 'what it was trained on',
        imageSize,
        method,
        peft: HEAD_ALONE,
        schedule,
      },
      architecture,
      classes: classesOf(checkpoint, count),
      schedule: r,
      accuracy: { validation: null, test: null },
    },
    backbone: reader,
    trained: await completeTrained(checkpoint),
  };
}
