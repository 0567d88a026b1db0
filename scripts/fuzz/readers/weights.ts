/** Readers of weights. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { byteSourceFromBytes } from '../../../src/containers/sources.js';
import { writeSafetensors } from '../../../src/containers/safetensors/safetensors.js';
import { inspectWeights } from '../../../src/formats/backbones/inspect.js';
import { describeOnnx } from '../../../src/formats/onnx/describe.js';
import { model } from '../../../src/formats/fixtures/model.js';
import type { FuzzedReader } from './types.js';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../../../src/formats/fixtures/${name}`, import.meta.url))));
const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

const weights = (name: string, seed: Uint8Array): FuzzedReader => ({
  name,
  seed,
  read: async (bytes) => {
    const report = await inspectWeights([byteSourceFromBytes(name, bytes)], { heads: 2 });
    return report.problems.map(({ code }) => code);
  },
});

const whole = writeSafetensors(model(), { num_heads: '2' });

/** A mutated configuration beside intact weights. */
const configuration = (name: string, value: unknown): FuzzedReader => ({
  name,
  seed: text(value),
  read: async (bytes) => {
    const sources = [byteSourceFromBytes('model.safetensors', whole), byteSourceFromBytes(name, bytes)];
    return (await inspectWeights(sources)).problems.map(({ code }) => code);
  },
});

export const WEIGHTS: readonly FuzzedReader[] = [
  weights('model.safetensors', whole),
  weights('augreg.npz', fixture('augreg.npz')),
  weights('augreg-deflated.npz', fixture('augreg-deflated.npz')),
  weights('pyra-checkpoint.pth', fixture('pyra-checkpoint.pth')),
  weights('legacy.pth', fixture('legacy.pth')),
  configuration('config.json', {
    model_type: 'vit',
    hidden_size: 8,
    num_attention_heads: 2,
    image_size: 8,
    id2label: { 0: 'a', 1: 'b' },
  }),
  configuration('preprocessor_config.json', {
    ...{ image_processor_type: 'ViTImageProcessor', do_normalize: true, rescale_factor: 1 / 255 },
    ...{ image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], size: { height: 8, width: 8 } },
  }),
  configuration('timm/config.json', {
    ...{ architecture: 'vit_tiny_patch16_224', model_args: { num_heads: 2, img_size: 8 }, label_names: ['a', 'b', 'c'] },
    pretrained_cfg: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], input_size: [3, 8, 8] },
  }),
  configuration('adapter_config.json', { peft_type: 'LORA', r: 2, lora_alpha: 2, target_modules: ['qkv'], bias: 'none' }),
  {
    name: 'model.onnx',
    seed: Uint8Array.from([
      0x08,
      8,
      0x12,
      7,
      ...Buffer.from('pytorch'),
      0x42,
      2,
      0x10,
      18,
      0x72,
      6,
      0x0a,
      1,
      0x6b,
      0x12,
      1,
      0x76,
    ]),
    read: async (bytes) => {
      await describeOnnx(byteSourceFromBytes('model.onnx', bytes));
      return [];
    },
  },
];
