import { PixelCache } from '../data/batches.js';
import { fingerprintOfParts } from '../data/identity/fingerprint.js';
import { TrainingSession } from '../engine/training/session.js';
import { adaptedMetadata, requireTrainable, setUpRun, startRecord } from '../engine/training/setup.js';
import type { RunRecord, StepMetrics } from '../protocol/runs/run.js';
import { configurationSchema, PAPER_RECIPE, withEpochs, type Configuration } from '../vit/configuration.js';
import { PlaygroundError } from '../vit/errors.js';
import { usualImageSize } from '../vit/architecture.js';
import type { Engine } from './engine.js';
import type { Backbone, Model } from './models.js';
import { datasetOf, type LabelledPictures } from './pictures.js';

export interface AdaptOptions {
  readonly backbone: Backbone;
  readonly pictures: LabelledPictures;
  /** Options that differ from the paper's recipe. The default image size is the backbone's own. */
  readonly configuration?: Partial<Configuration>;
  /** Called for every step, a few steps late, since training does not wait for results. */
  readonly onStep?: (metrics: StepMetrics) => void;
  /** Called with the whole record after every epoch. */
  readonly onRecord?: (record: RunRecord) => void;
}

export interface AdaptOutcome {
  /** Losses, accuracies, cost, and the configuration to repeat the run. Its state is `finished`, or `failed` with the reason in `error`. */
  readonly record: RunRecord;
  /** The model with the weights of the epoch that was best on the validation part. */
  readonly model: Model;
}

function configurationOf({ backbone, pictures, configuration = {} }: AdaptOptions): Configuration {
  const { epochs = PAPER_RECIPE.epochs } = configuration;
  const { name: model, architecture } = backbone;
  const given = { ...withEpochs(PAPER_RECIPE, epochs), model, imageSize: usualImageSize(architecture), ...configuration };
  const parsed = configurationSchema.safeParse({ ...given, data: pictures.name });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const option = issue?.path.join('.') ?? 'configuration';
  throw new PlaygroundError('option.invalid', `${option}: ${issue?.message ?? 'is not valid'}`, { subject: option });
}

/**
 * Trains LoRA, adapters, the method's own weights and a head on a frozen backbone. The same configuration, pictures and GPU adapter give
 * the same bits. Rejects with `option.invalid`, `schedule.invalid`, `data.empty`, `data.label`, or `gpu.lost` if the GPU returned no
 * weights.
 */
export async function adapt(engine: Engine, options: AdaptOptions): Promise<AdaptOutcome> {
  const { backbone } = options;
  const configuration = configurationOf(options);
  const pictures = new PixelCache(datasetOf(options.pictures), configuration.imageSize, {
    framing: backbone.architecture.framing,
  });
  requireTrainable(pictures, configuration);
  const setup = setUpRun(configuration, backbone.architecture, pictures.dataset.classes.length);
  const network = await engine.createNetwork(backbone, setup);
  try {
    const record = startRecord({
      ...{ setup, network, pictures, adapter: engine.adapter },
      ...{ id: crypto.randomUUID(), name: options.pictures.name },
      dataFingerprint: await fingerprintOfParts(pictures),
    });
    const { onStep, onRecord } = options;
    const events = { ...(onStep ? { onStep } : {}), ...(onRecord ? { onRecord } : {}) };
    const outcome = await new TrainingSession({ network, pictures, record, events }).run();
    if (!outcome.weights) {
      throw new PlaygroundError('gpu.lost', outcome.record.error?.message ?? 'the trained weights did not come back');
    }
    const metadata = adaptedMetadata(outcome.record, backbone.architecture);
    return { record: outcome.record, model: { metadata, trained: outcome.weights, backbone: backbone.reader } };
  } finally {
    network.destroy();
  }
}
