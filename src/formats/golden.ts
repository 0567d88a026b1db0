import { z } from 'zod';
import type { ByteSource } from '../containers/bytes.js';
import { PlaygroundError } from '../vit/errors.js';
import { METHODS } from '../vit/methods/index.js';
import { WHOLE_PICTURE } from '../vit/framing.js';
import { openSafetensors } from '../containers/safetensors/safetensors.js';
import type { NamedTensor } from '../containers/tensors.js';

/** The recipe's common learning rate. */
const LEARNING_RATE = 1e-3;

const caseSchema = z.object({
  img: z.number().int().positive(),
  patch: z.number().int().positive(),
  dim: z.number().int().positive(),
  depth: z.number().int().positive(),
  heads: z.number().int().positive(),
  classes: z.number().int().positive(),
  lora: z.number().int().min(0),
  adapter: z.number().int().min(0),
  method: z.enum(METHODS),
  r: z.array(z.number().int().min(0)),
  batch: z.number().int().positive(),
  distilled: z.boolean().default(false),
  prop_attn: z.boolean().default(true),
  wd: z.number().default(1e-4),
  pyra_lr: z.number().default(1e-3),
  steps: z.number().int().positive().default(3),
  /** Every weight of the backbone trains. */
  full: z.boolean().default(false),
  /**
   * Number of batches in the images. Each step takes the next one and starts again after the last. All other values are for the first
   * batch.
   */
  batches: z.number().int().positive().default(1),
  /** The common learning rate of each step, where it is not always the recipe's. */
  rates: z.array(z.number().min(0)).optional(),
  trainable: z.array(z.string()),
});

/**
 * Reads a golden file: a small network with what another implementation computed for it. Its metadata `case` is JSON, its
 * tensors are `weights.*`, `input.images`, `input.labels` and `expect.*`. Rejects with `file.damaged` where it is none.
 */
export async function readGoldenFile(source: ByteSource) {
  const file = await openSafetensors(source);
  const parsed = caseSchema.safeParse(readJson(file.metadata['case']));
  if (!parsed.success) {
    throw new PlaygroundError('file.damaged', `${source.name}: is no golden file: its metadata has no valid 'case'`, {
      subject: source.name,
    });
  }
  const about = parsed.data;
  const weights = new Map<string, NamedTensor>();
  const expected = new Map<string, ArrayLike<number>>();
  const input = new Map<string, ArrayLike<number>>();
  for (const name of file.tensors.keys()) {
    const { shape, data } = await file.readTyped(name);
    const numbers = Float64Array.from(data, Number);
    if (name.startsWith('weights.')) weights.set(name.slice('weights.'.length), { shape, data: Float32Array.from(numbers) });
    else if (name.startsWith('expect.')) expected.set(name.slice('expect.'.length), numbers);
    else input.set(name, numbers);
  }
  const need = (name: string, length: number): ArrayLike<number> => {
    const found = input.get(name);
    if (found?.length === length) return found;
    throw new PlaygroundError(
      'file.damaged',
      `${source.name}: '${name}' has ${found?.length ?? 'no'} elements, expected ${length}`,
      {
        subject: name,
      },
    );
  };
  return {
    name: source.name,
    ...networkOf(about, weights.get('blocks.0.mlp.fc1.weight')?.shape[0] ?? 4 * about.dim),
    batch: about.batch,
    weightDecay: about.wd,
    pyraLearningRate: about.pyra_lr,
    steps: about.steps,
    batches: about.batches,
    rates: about.rates ?? Array.from({ length: about.steps }, () => LEARNING_RATE),
    trainable: about.trainable,
    weights,
    images: Float32Array.from(need('input.images', about.batches * about.batch * 3 * about.img * about.img)),
    labels: Uint32Array.from(need('input.labels', about.batches * about.batch)),
    expected,
  };
}

/** The network of a case. */
function networkOf(about: z.infer<typeof caseSchema>, hidden: number) {
  return {
    architecture: {
      imageSize: about.img,
      patchSize: about.patch,
      embedDim: about.dim,
      depth: about.depth,
      heads: about.heads,
      mlpHidden: hidden,
      distilled: about.distilled,
      registers: 0,
      antialiasedPositions: false,
      framing: WHOLE_PICTURE,
      layerNormEpsilon: 1e-6,
      mean: [0.5, 0.5, 0.5] as const,
      std: [0.5, 0.5, 0.5] as const,
    },
    options: {
      imageSize: about.img,
      classes: about.classes,
      method: about.method,
      loraRank: about.lora,
      adapterWidth: about.adapter,
      trainsBackbone: about.full,
      schedule: about.r,
      proportionalAttention: about.prop_attn,
      dropout: 0,
      dropPath: 0,
      seed: 0,
    },
  };
}

function readJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}
