/** Adapted weights: the trained tensors under the authors' names, with everything else that a run needs in the metadata. */
import { z } from 'zod';
import type { Architecture } from '../../vit/architecture.js';
import type { ByteSource } from '../../containers/bytes.js';
import { adapterSizes, trainsBackbone } from '../../vit/adapters/index.js';
import { configurationSchema } from '../../vit/configuration.js';
import { dataFingerprintSchema } from '../../protocol/runs/run.js';
import { PlaygroundError } from '../../vit/errors.js';
import { framingSchema, WHOLE_PICTURE } from '../../vit/framing.js';
import { shapeText } from '../../containers/numbers.js';
import { openSafetensors, writeSafetensors } from '../../containers/safetensors/safetensors.js';
import { isTrainedName, trainedShapes, type TrainedShape } from '../../vit/weights.js';
import { parseJsonStrictly } from '../../containers/safetensors/strict-json.js';
import type { StoredTensor } from '../../containers/tensor-store.js';
import type { AdaptedMetadata } from '../types.js';
import type { NamedTensor } from '../../containers/tensors.js';

/** The key of our metadata in a file's `__metadata__`. */
export const ADAPTED_KEY = 'pyra_playground';

const count = z.number().int().min(1).max(1e6);
const triple = z.tuple([z.number(), z.number(), z.number()]);

export const architectureSchema: z.ZodType<Architecture> = z.object({
  imageSize: count,
  patchSize: count,
  embedDim: count,
  depth: count.max(200),
  heads: count,
  mlpHidden: count,
  distilled: z.boolean(),
  // Older files have neither registers nor a choice of resampling for positions.
  registers: z.number().int().min(0).max(64).default(0),
  layerNormEpsilon: z.number().positive(),
  antialiasedPositions: z.boolean().default(false),
  mean: triple,
  std: triple,
  framing: framingSchema.default(WHOLE_PICTURE),
});

const accuracy = z.number().min(0).max(1).nullable();

export const adaptedSchema: z.ZodType<AdaptedMetadata> = z.object({
  version: z.literal(1),
  configuration: configurationSchema,
  architecture: architectureSchema,
  classes: z.array(z.string()).min(1),
  schedule: z.array(z.number().int().min(0)),
  trainedPairs: z.array(z.number().int().min(0)).optional(),
  accuracy: z.object({ validation: accuracy, test: accuracy }),
  dataFingerprint: dataFingerprintSchema.optional(),
});

/** Reads {@link AdaptedMetadata} out of a file's metadata; null where there is none. Throws `file.damaged` where it is malformed. */
export function readAdaptedMetadata(metadata: Readonly<Record<string, string>>, file: string): AdaptedMetadata | null {
  const text = metadata[ADAPTED_KEY];
  if (text === undefined) return null;
  const value = parseJsonStrictly(new TextEncoder().encode(text), `${file}: its metadata '${ADAPTED_KEY}'`, file);
  const parsed = adaptedSchema.safeParse(value);
  if (parsed.success) return requireConsistent(parsed.data, file);
  const version = z.looseObject({ version: z.number() }).safeParse(value);
  if (version.success && version.data.version !== 1) {
    throw new PlaygroundError(
      'file.unsupported',
      `${file}: has version ${version.data.version} of adapted weights, and version 1 is read`,
      {
        subject: file,
      },
    );
  }
  const issue = parsed.error.issues[0];
  const where = issue?.path.length ? ` at '${issue.path.join('.')}'` : '';
  throw new PlaygroundError(
    'file.damaged',
    `${file}: its metadata '${ADAPTED_KEY}' is malformed${where}: ${issue?.message ?? ''}`,
    {
      subject: file,
    },
  );
}

function requireConsistent(metadata: AdaptedMetadata, file: string): AdaptedMetadata {
  const { architecture, schedule } = metadata;
  if (schedule.length !== architecture.depth) {
    throw new PlaygroundError(
      'file.damaged',
      `${file}: has a schedule of ${schedule.length} numbers for ${architecture.depth} blocks`,
      {
        subject: file,
      },
    );
  }
  return metadata;
}

/** The trained tensors that the configuration calls for, by name. */
export function expectedTrained({
  configuration,
  architecture,
  classes,
  schedule,
}: AdaptedMetadata): ReadonlyMap<string, TrainedShape> {
  const { method, peft, imageSize } = configuration;
  const trainsBackboneFor = trainsBackbone(peft) ? imageSize : null;
  const choice = { method, sizes: adapterSizes(configuration), schedule, classes: classes.length, trainsBackboneFor };
  return new Map(trainedShapes(architecture, choice).map((weight) => [weight.name, weight]));
}

/** Each tensor that the configuration calls for must be there in its shape. */
export function requireTrained(
  metadata: AdaptedMetadata,
  tensors: ReadonlyMap<string, Pick<StoredTensor, 'shape'>>,
  file: string,
): void {
  for (const [name, { shape }] of expectedTrained(metadata)) {
    const tensor = tensors.get(name);
    if (!tensor) throw new PlaygroundError('weights.missing-tensor', `${file}: has no tensor '${name}'`, { subject: name });
    if (shapeText(tensor.shape) !== shapeText(shape)) {
      throw new PlaygroundError(
        'weights.wrong-shape',
        `${file}: tensor '${name}' has shape ${shapeText(tensor.shape)}, and ${shapeText(shape)} was expected`,
        { subject: name },
      );
    }
  }
}

const SIZES = ['imageSize', 'patchSize', 'embedDim', 'depth', 'mlpHidden', 'distilled', 'registers'] as const;

/**
 * Throws where a backbone's sizes differ from those of the one that was trained on. The position grid may differ where positions were
 * trained: they are in the run's own weights.
 */
export function requireSameSizes(weights: string, metadata: AdaptedMetadata, given: Architecture): void {
  const { architecture: trainedOn, configuration } = metadata;
  const ownPositions = trainsBackbone(configuration.peft);
  for (const size of SIZES) {
    if (trainedOn[size] === given[size] || (size === 'imageSize' && ownPositions)) continue;
    throw new PlaygroundError(
      'weights.wrong-shape',
      `${weights}: was trained on a backbone with ${size} ${String(trainedOn[size])}, and the one that is given has ${String(given[size])}`,
      { subject: 'model' },
    );
  }
}

/**
 * Reads a file of adapted weights (`adapted.safetensors`) whole. Rejects with `file.unsupported` where it is no such file,
 * `weights.missing-tensor` or `weights.wrong-shape` where the weights do not fit the configuration in it.
 */
export async function parseAdapted(
  source: ByteSource,
): Promise<{ metadata: AdaptedMetadata; trained: Map<string, NamedTensor> }> {
  const file = await openSafetensors(source);
  const metadata = readAdaptedMetadata(file.metadata, source.name);
  if (!metadata) {
    throw new PlaygroundError(
      'file.unsupported',
      `${source.name}: holds no adapted weights of this project (no '${ADAPTED_KEY}' in its metadata)`,
      {
        subject: source.name,
      },
    );
  }
  requireTrained(metadata, file.tensors, source.name);
  const trained = new Map<string, NamedTensor>();
  const expected = expectedTrained(metadata);
  for (const name of file.tensors.keys()) if (isTrainedName(name) || expected.has(name)) trained.set(name, await file.read(name));
  return { metadata, trained };
}

/** Metadata as an entry of a file's `__metadata__`. The text does not depend on the order of the object's keys. */
export function adaptedEntry(metadata: AdaptedMetadata): Record<string, string> {
  // Parsing puts the keys into the schema's order.
  return { [ADAPTED_KEY]: JSON.stringify(adaptedSchema.parse(metadata)) };
}

/** The bytes of `adapted.safetensors`: the same weights and metadata give the same bytes. */
export function writeAdapted(metadata: AdaptedMetadata, trained: ReadonlyMap<string, NamedTensor>): Uint8Array<ArrayBuffer> {
  return writeSafetensors(trained, { format: 'pt', ...adaptedEntry(metadata) });
}
