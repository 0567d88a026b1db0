/** A classifier as it is, nothing trained here, as an ONNX file that merges tokens as ToMe does. */
import { initialTokens, protectedTokens } from '../../protocol/architecture.js';
import type { NamedFile } from '../../protocol/bytes.js';
import { PAPER_RECIPE } from '../../protocol/configuration.js';
import { PlaygroundError } from '../../protocol/errors.js';
import { requireSchedule, type ScheduleText } from '../../protocol/schedule.js';
import type { AdaptedModel } from '../types.js';
import { readTrained } from '../weights.js';
import type { Checkpoint } from './checkpoint.js';
import { exportModel } from './model.js';

export interface ClassifierOptions {
  /** Side of the pictures in pixels, a multiple of the patch. */
  readonly imageSize: number;
  readonly schedule: ScheduleText;
}

/** The labels that came with the file, where there is one for each class, else `class 0` and so on. */
function classesOf({ labels }: Checkpoint, count: number): readonly string[] {
  return labels?.length === count ? labels : Array.from({ length: count }, (_, index) => `class ${index}`);
}

/**
 * `model.onnx` and `README.md`: the checkpoint's own head on its own backbone, with size-weighted merging by the schedule and proportional attention
 * (ToMe, arXiv 2210.09461, which needs no training).
 *
 * Rejects with `file.unsupported` where there is no head or the file was adapted (`exportModel` is for that), `schedule.invalid` where
 * the schedule does not fit the picture.
 */
export async function classifierOnnx(checkpoint: Checkpoint, options: ClassifierOptions): Promise<readonly NamedFile[]> {
  const { name, architecture, reader, adapted } = checkpoint;
  const refuse = (what: string): PlaygroundError =>
    new PlaygroundError('file.unsupported', `${name}: ${what}`, { subject: name });
  if (adapted) throw refuse("was adapted; 'export' writes it as ONNX, with what was trained");
  const count = reader.shape('head.weight')?.[0];
  if (count === undefined)
    throw refuse("has no classification head, so an ONNX file of it would answer nothing; 'adapt' trains one");
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
  const method = r.some((merged) => merged > 0) ? 'tome' : 'none';
  const model: AdaptedModel = {
    metadata: {
      version: 1,
      configuration: {
        ...PAPER_RECIPE,
        model: name,
        data: 'what it was trained on',
        imageSize,
        method,
        peft: 'linear',
        schedule,
      },
      architecture,
      classes: classesOf(checkpoint, count),
      schedule: r,
      accuracy: { validation: null, test: null },
    },
    backbone: reader,
    trained: await readTrained(checkpoint),
  };
  return exportModel(model, 'onnx');
}
