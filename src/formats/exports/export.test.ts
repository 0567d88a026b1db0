import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { forward, type ModelConfig } from '../../engine/reference/model.js';
import { toWeights, type Tensor } from '../../engine/reference/weights.js';
import type { NamedFile } from '../../protocol/files.js';
import { adaptedModel, goldenModel } from '../../testing/adapted-model.js';
import { expectClose } from '../../testing/numbers/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { GOLDEN_NAMES, readGolden, type Golden, type GoldenName } from '../../testing/golden.js';
import { smallModel } from '../../testing/small-model.js';
import { parseAdapted } from '../adapted/adapted.js';
import { byteSourceFromBytes, openSafetensors, writeSafetensors } from '../../containers/safetensors/safetensors.js';
import type { AdaptedModel, WeightReader } from '../types.js';
import type { NamedTensor } from '../../containers/tensors.js';
import { loadWeights, readTrained } from '../backbones/weights.js';
import type { ModelFormat } from '../../protocol/exports.js';
import { exportModel } from './index.js';

/** The numbers go through float32 unchanged, so the logits stay the same but for the order of sums: the promise is 1e-6. */
const ROUND_TRIP = 1e-6;
/** Folding rounds qkv once more to float32 (2^-24 = 6e-8 relative), and a merge that it turned would show: the promise is 1e-5. */
const FOLDED = 1e-5;

const sources = (files: readonly NamedFile[]) => files.map(({ name, bytes }) => byteSourceFromBytes(name, bytes));
const fileOf = (files: readonly NamedFile[], name: string): NamedFile => files.find((file) => file.name === name)!;
const textOf = (files: readonly NamedFile[], name: string): string => new TextDecoder().decode(fileOf(files, name).bytes);

async function tensorsOf(file: NamedFile): Promise<Map<string, NamedTensor>> {
  const opened = await openSafetensors(byteSourceFromBytes(file.name, file.bytes));
  const tensors = new Map<string, NamedTensor>();
  for (const name of opened.tensors.keys()) tensors.set(name, await opened.read(name));
  return tensors;
}

async function readAll(reader: WeightReader): Promise<Map<string, NamedTensor>> {
  const tensors = new Map<string, NamedTensor>();
  for (const name of reader.names()) tensors.set(name, await reader.read(name));
  return tensors;
}

const configOf = ({ metadata }: AdaptedModel): ModelConfig => ({
  heads: metadata.architecture.heads,
  method: metadata.configuration.method,
  r: metadata.configuration.method === 'none' ? metadata.schedule.map(() => 0) : metadata.schedule,
  proportionalAttention: metadata.configuration.proportionalAttention,
  layerNormEpsilon: metadata.architecture.layerNormEpsilon,
  antialiasedPositions: metadata.architecture.antialiasedPositions,
  loss: 'prediction',
});

const logits = (model: AdaptedModel, weights: ReadonlyMap<string, NamedTensor>, golden: Golden): Float64Array =>
  forward(toWeights(weights), configOf(model), golden.images, golden.case.batch).logits;

const WITH_LORA = GOLDEN_NAMES.filter((name) => name !== 'pyra_adapter' && name !== 'full');
const hasLora = (name: string): boolean => WITH_LORA.some((other) => other === name);

/** What a whole checkpoint says of the run in it. */
function nowOf(name: GoldenName) {
  if (hasLora(name)) return { peft: 'linear', model: 'bundled with LoRA folded in' };
  return name === 'full' ? { peft: 'linear', model: 'bundled trained whole' } : { peft: 'adapter' };
}

describe.each(GOLDEN_NAMES)('%s, exported and read back', async (name) => {
  const golden = await readGolden(name);
  const model = goldenModel(golden);
  const original = forward(toWeights(golden.weights), configOf(model), golden.images, golden.case.batch).logits;

  it('as pyra keeps every bit and the metadata', async () => {
    const [file, ...others] = await exportModel(model, 'pyra');
    expect(others).toEqual([]);
    const { metadata, trained } = await parseAdapted(byteSourceFromBytes(file!.name, file!.bytes));
    expect(metadata).toEqual(model.metadata);
    expect([...trained].sort()).toEqual([...model.trained].sort());
    expectClose('logits', logits(model, new Map([...(await readAll(model.backbone)), ...trained]), golden), original, ROUND_TRIP);
  });

  it('as timm has LoRA in qkv and the same logits', async () => {
    const files = await exportModel(model, 'timm');
    const loaded = await loadWeights(sources(files));
    expect(loaded.reader.names().filter((tensor) => tensor.includes('LoRA'))).toEqual([]);
    expect(loaded.unused).toEqual([]);
    expect(loaded.architecture).toEqual(model.metadata.architecture);
    const now = nowOf(name);
    expect(loaded.adapted).toEqual({ ...model.metadata, configuration: { ...model.metadata.configuration, ...now } });
    expectClose('logits', logits(model, await readAll(loaded.reader), golden), original, FOLDED);
    const extra = (await readTrained(loaded)).size - (golden.case.distilled ? 4 : 2);
    expect(extra > 0).toBe(golden.case.method === 'pyra');
    expect(textOf(files, 'README.md').includes('strict=False')).toBe(extra > 0);
  });

  it('is the same bytes each time', async () => {
    const formats: ModelFormat[] = hasLora(name) ? ['pyra', 'timm', 'peft-timm', 'peft-hf'] : ['pyra', 'timm'];
    const digests = async (format: ModelFormat): Promise<string[]> =>
      (await exportModel(model, format)).map(({ bytes }) => createHash('sha256').update(bytes).digest('hex'));
    for (const format of formats) expect(await digests(format)).toEqual(await digests(format));
  });
});

/** As much of PEFT's `LoraConfig` as decides what it computes. */
const peftConfig = z.looseObject({
  peft_type: z.literal('LORA'),
  task_type: z.null(),
  bias: z.literal('none'),
  fan_in_fan_out: z.literal(false),
  r: z.number().int(),
  lora_alpha: z.number(),
  target_modules: z.array(z.string()),
  modules_to_save: z.array(z.string()),
});

/** What PEFT computes with: each targeted layer's weight plus lora_alpha / r times lora_B lora_A. */
function merged(weight: Float64Array, a: NamedTensor, b: NamedTensor, factor: number): Float64Array {
  const [rank = 0, inputs = 0] = a.shape;
  return weight.map((value, at) => {
    const [row, column] = [Math.floor(at / inputs), at % inputs];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += b.data[row * rank + k]! * a.data[k * inputs + column]!;
    return value + factor * sum;
  });
}

describe.each(WITH_LORA)('%s as a PEFT adapter', async (name) => {
  const golden = await readGolden(name);
  const model = goldenModel(golden);
  const { distilled } = model.metadata.architecture;
  const backbone = await readAll(model.backbone);
  const original = logits(model, golden.weights as ReadonlyMap<string, NamedTensor>, golden);

  /** Reads as PEFT does, by its documented names, with nothing of the reader here. */
  async function readAsPeft(form: 'peft-timm' | 'peft-hf', generation: 'timm' | 'older' | 'newer'): Promise<Map<string, Tensor>> {
    const files = await exportModel(model, form);
    const config = peftConfig.parse(JSON.parse(textOf(files, 'adapter_config.json')));
    const adapter = await tensorsOf(fileOf(files, 'adapter_model.safetensors'));
    expect(config.r).toBe(golden.case.lora);
    const factor = config.lora_alpha / config.r;
    const used = new Set<string>();
    const take = (tensor: string): NamedTensor => {
      used.add(`base_model.model.${tensor}`);
      return adapter.get(`base_model.model.${tensor}`)!;
    };
    const weights = toWeights(backbone);
    const D = model.metadata.architecture.embedDim;
    const root = distilled ? 'deit' : 'vit';
    const names = {
      timm: (block: number) => [`blocks.${block}.attn.qkv`],
      older: (block: number) =>
        ['query', 'key', 'value'].map((part) => `${root}.encoder.layer.${block}.attention.attention.${part}`),
      newer: (block: number) => ['q_proj', 'k_proj', 'v_proj'].map((part) => `${root}.layers.${block}.attention.${part}`),
    };
    for (let block = 0; block < golden.case.depth; block++) {
      const qkv = weights.get(`blocks.${block}.attn.qkv.weight`)!;
      const layers = names[generation](block);
      for (const [third, layer] of layers.entries()) {
        // A layer is targeted where its name ends in `.` and a target.
        expect(config.target_modules.some((target) => layer.endsWith(`.${target}`))).toBe(true);
        const rows = qkv.data.subarray(third * D * D, layers.length === 1 ? undefined : (third + 1) * D * D);
        rows.set(merged(rows, take(`${layer}.lora_A.weight`), take(`${layer}.lora_B.weight`), factor));
      }
    }
    const heads =
      form === 'peft-timm' ? ['head', 'head_dist'] : distilled ? ['cls_classifier', 'distillation_classifier'] : ['classifier'];
    expect(config.modules_to_save).toEqual(heads.slice(0, distilled ? 2 : 1));
    config.modules_to_save.forEach((module, i) => {
      for (const part of ['weight', 'bias']) {
        const { shape, data } = take(`${module}.${part}`);
        weights.set(`${['head', 'head_dist'][i]!}.${part}`, { shape, data: Float64Array.from(data) });
      }
    });
    // The other generation's names hold the same numbers.
    const others = form === 'peft-hf' ? 3 * 2 * golden.case.depth : 0;
    expect(used.size + others).toBe(adapter.size);
    const beside = files.find((file) => file.name === 'pyra.safetensors');
    expect(beside !== undefined).toBe(golden.case.method === 'pyra');
    if (beside) for (const [tensor, value] of toWeights(await tensorsOf(beside))) weights.set(tensor, value);
    return weights;
  }

  it.each([
    ['peft-timm', 'timm'],
    ['peft-hf', 'older'],
    ['peft-hf', 'newer'],
  ] as const)('%s, with %s names: PEFT would compute the same', async (form, generation) => {
    const weights = await readAsPeft(form, generation);
    expectClose('logits', forward(weights, configOf(model), golden.images, golden.case.batch).logits, original, ROUND_TRIP);
  });

  it.each(['peft-timm', 'peft-hf'] as const)('%s: comes back here, alone and with its backbone', async (form) => {
    const files = sources(await exportModel(model, form));
    const alone = await loadWeights(files);
    expect(alone).toMatchObject({
      format: `PEFT adapter, ${form === 'peft-timm' ? 'timm' : 'Hugging Face'} names`,
      architecture: null,
    });
    expect(alone.adapted).toEqual(model.metadata);
    expect([...(await readTrained(alone))].sort()).toEqual([...model.trained].sort());
    const metadata = { num_heads: String(golden.case.heads), mean: '0.5,0.5,0.5', std: '0.5,0.5,0.5' };
    const both = await loadWeights([byteSourceFromBytes('vit.safetensors', writeSafetensors(backbone, metadata)), ...files]);
    expect(both).toMatchObject({ format: 'timm with a PEFT adapter', adapted: model.metadata, unused: [] });
    expectClose('logits', logits(model, await readAll(both.reader), golden), original, ROUND_TRIP);
  });

  it('gives its parts a name where one is missing', async () => {
    const files = sources(await exportModel(model, 'peft-timm'));
    const only = (file: string) => files.filter((source) => source.name === file);
    await expect(loadWeights(only('adapter_model.safetensors'))).rejects.toThrow(
      'adapter_model.safetensors: is a PEFT adapter; give its adapter_config.json with it',
    );
    if (golden.case.method !== 'pyra') return;
    await expect(loadWeights(only('pyra.safetensors'))).rejects.toThrow(
      /pyra\.safetensors: holds PYRA's and the adapter's weights/,
    );
    await expect(loadWeights(files.filter(({ name: file }) => file !== 'pyra.safetensors'))).rejects.toMatchObject({
      code: 'weights.missing-tensor',
    });
  });
});

describe('exportModel', () => {
  it('carries positions to another image size, and says so', async () => {
    const options = { seed: 3, channels: 10, hidden: 17, patch: 3, grid: 4, classes: 5, rank: 3, adapterWidth: 7, r: [5, 3, 2] };
    const weights = smallModel({ ...options, distilled: false });
    const [side, batch] = [15, 2];
    const configuration = { method: 'pyra', peft: 'both' } as const;
    const model = adaptedModel({ weights, side, patch: 3, heads: 2, classes: 5, configuration, schedule: options.r });
    const files = await exportModel(model, 'timm');
    const loaded = await loadWeights(sources(files));
    expect(loaded.architecture).toMatchObject({ imageSize: 15 });
    expect(loaded.reader.shape('pos_embed')).toEqual([1, 26, 10]);
    const images = new Fixtures(4).normal(batch * 3 * side * side);
    const expected = forward(weights, configOf(model), images, batch).logits;
    expectClose(
      'logits',
      forward(toWeights(await readAll(loaded.reader)), configOf(model), images, batch).logits,
      expected,
      FOLDED,
    );
    const metadata = (await openSafetensors(sources(files)[0]!)).metadata;
    expect(metadata).toMatchObject({
      position_embedding: 'carried from 4 x 4 to 5 x 5 patches, bicubic without antialiasing',
      labels: '["class 0","class 1","class 2","class 3","class 4"]',
      image_size: '15',
      schedule: '[5,3,2]',
      mean: '0.5,0.5,0.5',
    });
    expect(textOf(files, 'README.md')).toContain('from 4 x 4 to 5 x 5 patches');
    expect(textOf(await exportModel(model, 'peft-timm'), 'README.md')).toContain(
      "size=(5, 5), mode='bicubic', align_corners=False",
    );
    expect(textOf(await exportModel(model, 'peft-timm'), 'README.md')).toContain("backbone['pos_embed'].float()");
    expect(textOf(await exportModel(model, 'peft-hf'), 'README.md')).toContain('interpolate_pos_encoding=True');
  });

  it('refuses a PEFT adapter of a run without LoRA, and weights that do not fit, by name', async () => {
    const model = goldenModel(await readGolden('pyra_adapter'));
    await expect(exportModel(model, 'peft-hf')).rejects.toMatchObject({
      code: 'option.invalid',
      message: expect.stringMatching(/peft-hf: the run trained no LoRA \(it trained 'adapter'\)/),
    });
    const trained = new Map(model.trained);
    trained.delete('blocks.1.adapter.ln2.bias');
    await expect(exportModel({ ...model, trained }, 'timm')).rejects.toThrow("has no tensor 'blocks.1.adapter.ln2.bias'");
  });
});
