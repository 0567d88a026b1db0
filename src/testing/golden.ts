import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { byteSourceFromBytes, openSafetensors } from '../containers/safetensors/safetensors.js';
import { PlaygroundError } from '../vit/errors.js';

export const GOLDEN_NAMES = ['plain_lora', 'tome_lora', 'pyra_lora', 'pyra_adapter', 'pyra_distilled', 'full'] as const;
export type GoldenName = (typeof GOLDEN_NAMES)[number];

const caseSchema = z.object({
  img: z.number().int(),
  patch: z.number().int(),
  dim: z.number().int(),
  depth: z.number().int(),
  heads: z.number().int(),
  classes: z.number().int(),
  lora: z.number().int(),
  adapter: z.number().int(),
  method: z.enum(['none', 'tome', 'pyra']),
  r: z.array(z.number().int()),
  batch: z.number().int(),
  distilled: z.boolean().default(false),
  prop_attn: z.boolean().default(true),
  wd: z.number().default(1e-4),
  pyra_lr: z.number().default(1e-3),
  steps: z.number().int().default(3),
  full: z.boolean().default(false),
  batches: z.number().int().default(1),
  rates: z.array(z.number()).optional(),
  trainable: z.array(z.string()),
  min_score_gap: z.number(),
});

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

/** One golden file, as described in `golden/README.md`. */
export interface Golden {
  readonly name: GoldenName;
  readonly case: z.infer<typeof caseSchema>;
  /** Weights under the authors' names. */
  readonly weights: ReadonlyMap<string, GoldenTensor>;
  /** [B, 3, S, S], normalised. */
  readonly images: Float64Array;
  readonly labels: Int32Array;
  /** The batches of AdamW's steps, one after another; the first has `images` and their labels. */
  readonly batches: { readonly images: Float64Array; readonly labels: Int32Array };
  /** A tensor under `expect.`. Throws if the file has none of this name. */
  expected(name: string): GoldenTensor;
  /** The names under `expect.` that begin with `prefix`, without `expect.` itself. */
  expectedNames(prefix: string): readonly string[];
}

/** Reads one of the golden files that the page serves. */
export async function readGolden(name: GoldenName): Promise<Golden> {
  const fileName = `${name}.safetensors`;
  const bytes = await readFile(new URL(`../../public/golden/${fileName}`, import.meta.url));
  const file = await openSafetensors(byteSourceFromBytes(fileName, bytes));
  const tensors = new Map<string, GoldenTensor>();
  for (const tensor of file.tensors.keys()) {
    const { shape, data } = await file.readTyped(tensor);
    if (!(data instanceof Float32Array || data instanceof Int32Array)) {
      throw new PlaygroundError('file.unsupported', `${fileName}: tensor '${tensor}' is neither float32 nor int32`, {
        subject: tensor,
      });
    }
    tensors.set(tensor, { shape, data });
  }
  const need = (tensor: string): GoldenTensor => {
    const found = tensors.get(tensor);
    if (!found)
      throw new PlaygroundError('weights.missing-tensor', `${fileName}: has no tensor '${tensor}'`, { subject: tensor });
    return found;
  };
  const under = (prefix: string): string[] => [...tensors.keys()].filter((tensor) => tensor.startsWith(prefix));
  const about = caseSchema.parse(JSON.parse(file.metadata['case'] ?? 'null'));
  const [images, labels] = [Float64Array.from(need('input.images').data), Int32Array.from(need('input.labels').data)];
  return {
    name,
    case: about,
    weights: new Map(under('weights.').map((tensor) => [tensor.slice('weights.'.length), need(tensor)])),
    images: images.subarray(0, images.length / about.batches),
    labels: labels.subarray(0, about.batch),
    batches: { images, labels },
    expected: (tensor) => need(`expect.${tensor}`),
    expectedNames: (prefix) => under(`expect.${prefix}`).map((tensor) => tensor.slice('expect.'.length)),
  };
}
