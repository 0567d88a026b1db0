import type { AdaptedModel } from '../formats/types.js';
import type { NamedTensor } from '../containers/tensors.js';
import { peftOf, trainsBackbone, type Peft } from '../vit/adapters/index.js';
import { plainArchitecture, protectedTokens } from '../vit/architecture.js';
import { PAPER_RECIPE, type Configuration } from '../vit/configuration.js';
import { isTrainedName } from '../vit/weights.js';
import type { Golden } from './golden.js';

export interface AdaptedModelOptions {
  /** Backbone and trained weights together, under the authors' names. */
  readonly weights: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>;
  /** Side of the run's pictures in pixels. */
  readonly side: number;
  readonly patch: number;
  readonly heads: number;
  readonly classes: number;
  readonly configuration: Partial<Configuration>;
  readonly schedule: readonly number[];
}

function trainedWith(names: ReadonlyMap<string, unknown>): Peft {
  const lora = names.has('blocks.0.attn.LoRA_a.weight');
  const adapter = names.has('blocks.0.adapter.ln1.weight');
  return peftOf([...(lora ? (['lora'] as const) : []), ...(adapter ? (['adapter'] as const) : [])]);
}

/** A model for the exporters. Its configuration is derived from the names and shapes of the weights. */
export function adaptedModel(options: AdaptedModelOptions): AdaptedModel {
  const { weights, side, patch, heads, classes, configuration, schedule } = options;
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { shape, data }] of weights) tensors.set(name, { shape, data: Float32Array.from(data) });
  const distilled = tensors.has('dist_token');
  const embedDim = tensors.get('norm.weight')!.data.length;
  const registers = tensors.get('reg_token')?.shape[1] ?? 0;
  const positions = tensors.get('pos_embed')!.data.length / embedDim - protectedTokens({ distilled, registers });
  const loraRank = tensors.get('blocks.0.attn.LoRA_a.weight')?.shape[0] ?? PAPER_RECIPE.loraRank;
  const adapterWidth = tensors.get('blocks.0.adapter.ln1.weight')?.shape[0] ?? PAPER_RECIPE.adapterWidth;
  const peft = configuration.peft ?? trainedWith(tensors);
  // A backbone that trains is in both sets of weights: before the run, and after it.
  const [inBackbone, isTrained] = [(name: string) => !isTrainedName(name), trainsBackbone(peft) ? () => true : isTrainedName];
  return {
    metadata: {
      version: 1,
      configuration: {
        ...{ ...PAPER_RECIPE, loraRank, adapterWidth, ...configuration, peft },
        imageSize: side,
      },
      architecture: {
        ...plainArchitecture({
          imageSize: Math.sqrt(positions) * patch,
          patchSize: patch,
          embedDim,
          depth: schedule.length,
          heads,
        }),
        mlpHidden: tensors.get('blocks.0.mlp.fc1.weight')!.shape[0]!,
        distilled,
        registers,
      },
      classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
      schedule,
      accuracy: { validation: null, test: null },
    },
    backbone: {
      names: () => [...tensors.keys()].filter(inBackbone),
      shape: (name) => (inBackbone(name) ? tensors.get(name)?.shape : undefined),
      read: async (name) => tensors.get(name)!,
    },
    trained: new Map([...tensors].filter(([name]) => isTrained(name))),
  };
}

/** A golden file's network. */
export function goldenModel(golden: Golden): AdaptedModel {
  return adaptedModel({
    weights: golden.weights,
    side: golden.case.img,
    patch: golden.case.patch,
    heads: golden.case.heads,
    classes: golden.case.classes,
    configuration: {
      method: golden.case.method,
      proportionalAttention: golden.case.prop_attn,
      ...(golden.case.full ? { peft: 'full' } : {}),
    },
    schedule: golden.case.r,
  });
}
