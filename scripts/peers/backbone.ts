/** Backbones with random weights and their exports, for measurements of speed, which does not depend on the values of weights. */
import type { NamedTensor } from '../../src/containers/tensors.js';
import { exportOnnx } from '../../src/formats/onnx/export.js';
import type { AdaptedModel } from '../../src/formats/types.js';
import { Fixtures } from '../../src/testing/fixtures.js';
import { plainArchitecture, type Architecture } from '../../src/vit/architecture.js';
import { PAPER_RECIPE } from '../../src/vit/configuration.js';
import type { Method } from '../../src/vit/methods/index.js';
import type { ResolvedSchedule } from '../../src/vit/schedule.js';
import { trainedShapes } from '../../src/vit/weights.js';

/** Channels and heads of ViT-Ti, S and B. */
export const SHAPES = { ti: [192, 3], s: [384, 6], b: [768, 12] } as const;
export const CLASSES = 10;
/** No LoRA and no adapter: only the head and the method's own weights are trained. */
export const NOTHING_ELSE = { lora: 0, adapter: 0 };
const random = new Fixtures(1);

function tensor(shape: readonly number[], scale = 0.02): NamedTensor {
  const length = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from(random.normal(length, scale)) };
}

/** A backbone and its architecture. */
export interface BackboneParts extends Pick<AdaptedModel, 'backbone'> {
  readonly architecture: Architecture;
}

/** A backbone with random weights, with patches of 16 pixels at 224 pixels. */
export function randomBackbone(shape: keyof typeof SHAPES): BackboneParts {
  const [D, heads] = SHAPES[shape];
  const architecture = plainArchitecture({ imageSize: 224, patchSize: 16, embedDim: D, depth: 12, heads });
  const tensors = new Map<string, NamedTensor>();
  const layer = (name: string, outputs: number, inputs: number): void => {
    tensors.set(`${name}.weight`, tensor([outputs, inputs]));
    tensors.set(`${name}.bias`, tensor([outputs]));
  };
  const norm = (name: string): void => {
    tensors.set(`${name}.weight`, { shape: [D], data: new Float32Array(D).fill(1) });
    tensors.set(`${name}.bias`, tensor([D]));
  };
  tensors.set('cls_token', tensor([1, 1, D]));
  tensors.set('pos_embed', tensor([1, 197, D]));
  tensors.set('patch_embed.proj.weight', tensor([D, 3, 16, 16]));
  tensors.set('patch_embed.proj.bias', tensor([D]));
  for (let block = 0; block < 12; block++) {
    norm(`blocks.${block}.norm1`);
    norm(`blocks.${block}.norm2`);
    layer(`blocks.${block}.attn.qkv`, 3 * D, D);
    layer(`blocks.${block}.attn.proj`, D, D);
    layer(`blocks.${block}.mlp.fc1`, 4 * D, D);
    layer(`blocks.${block}.mlp.fc2`, D, 4 * D);
  }
  norm('norm');
  return {
    architecture,
    backbone: {
      names: () => [...tensors.keys()],
      shape: (name) => tensors.get(name)?.shape,
      read: async (name) => tensors.get(name) ?? Promise.reject(new Error(`${name} is missing`)),
    },
  };
}

function trainedWeights(architecture: Architecture, schedule: readonly number[], method: Method): Map<string, NamedTensor> {
  const choice = { method, sizes: NOTHING_ELSE, schedule, classes: CLASSES, trainsBackboneFor: null };
  return new Map(trainedShapes(architecture, choice).map(({ name, shape }) => [name, tensor([...shape])]));
}

export interface ExportChoice {
  readonly imageSize: number;
  readonly method: Method;
  /** The schedule as text; `schedule` is what it resolves to. */
  readonly text: string;
  readonly schedule: ResolvedSchedule['r'];
}

/** Exports a backbone with random trained weights as ONNX. */
export async function onnxOf({ architecture, backbone }: BackboneParts, choice: ExportChoice): ReturnType<typeof exportOnnx> {
  const { imageSize, method, text, schedule } = choice;
  return exportOnnx({
    metadata: {
      ...{ version: 1, architecture, schedule, accuracy: { validation: null, test: null } },
      classes: Array.from({ length: CLASSES }, (_, i) => String(i)),
      configuration: { ...PAPER_RECIPE, imageSize, method: text === 'none' ? 'none' : method, schedule: text },
    },
    backbone,
    trained: trainedWeights(architecture, schedule, method),
  });
}
