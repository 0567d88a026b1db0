import { PAPER_RECIPE } from '../../vit/configuration.js';
import { describe, expect, it } from 'vitest';
import { plainArchitecture } from '../../vit/architecture.js';
import { WHOLE_PICTURE } from '../../vit/framing.js';
import { writeAdapted } from '../adapted/adapted.js';
import { CLASSES, D, DEPTH, fill, fixture, GRID, HIDDEN, model } from '../fixtures/model.js';
import { byteSourceFromBytes, writeSafetensors } from '../../containers/safetensors/safetensors.js';
import type { AdaptedMetadata } from '../types.js';
import { countParameters, loadWeights } from './weights.js';
import { backboneOnly, expectModel, file, json, with_, type Tensors } from '../fixtures/tensors.js';

describe('timm', () => {
  it('reads names, shapes and numbers as they are', async () => {
    const loaded = await loadWeights([file(model(), { num_heads: '4', mean: '0.1,0.2,0.3', std: '0.4,0.5,0.6' })]);
    await expectModel(loaded);
    expect(loaded.format).toBe('timm');
    expect(loaded.architecture).toEqual({
      imageSize: 8,
      patchSize: 4,
      embedDim: D,
      depth: DEPTH,
      heads: 4,
      mlpHidden: HIDDEN,
      distilled: false,
      registers: 0,
      antialiasedPositions: true,
      framing: WHOLE_PICTURE,
      layerNormEpsilon: 1e-6,
      mean: [0.1, 0.2, 0.3],
      std: [0.4, 0.5, 0.6],
    });
    expect(loaded.unused).toEqual([]);
    const elements = [...model().values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(countParameters(loaded.reader)).toBe(elements);
  });

  it('takes heads by the convention of the known widths, and guesses how pixels are normalised, and says both', async () => {
    const wide = new Map(
      [...model()].map(([name, { shape }]) => [
        name,
        fill(
          shape.map((n) => (n === D ? 192 : n === 3 * D ? 576 : n)),
          0,
        ),
      ]),
    );
    const loaded = await loadWeights([file(wide)]);
    expect(loaded.architecture).toMatchObject({ heads: 3, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
    expect(loaded.notes.join(' ')).toMatch(/3 heads, from the convention for 192 channels.*0\.485.*does not say/);
    expect(loaded.guesses.join(' ')).toMatch(
      /m\.safetensors: how pixels are normalised is a guess: mean .* and deviation .*, from the custom of /,
    );
  });

  it('asks for heads where they are written nowhere, and takes them', async () => {
    await expect(loadWeights([file(model())])).rejects.toMatchObject({ code: 'option.invalid', subject: 'heads' });
    await expect(loadWeights([file(model())], { heads: 3 })).rejects.toMatchObject({ code: 'option.invalid', subject: 'heads' });
    const loaded = await loadWeights([file(model())], { heads: 2, mean: [0, 0, 0], std: [1, 1, 1], imageSize: 11 });
    expect(loaded.architecture).toMatchObject({ heads: 2, mean: [0, 0, 0], std: [1, 1, 1], imageSize: 11 });
    await expect(loadWeights([file(model())], { heads: 2, imageSize: 12 })).rejects.toMatchObject({ subject: 'imageSize' });
  });

  it("reads timm's config.json", async () => {
    const config = {
      architecture: 'vit',
      global_pool: 'token',
      pretrained_cfg: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.5, 0.5] },
    };
    const loaded = await loadWeights([json('config.json', config), file(model())], { heads: 2 });
    expect(loaded.architecture).toMatchObject({ mean: [0.5, 0.5, 0.5], std: [0.25, 0.5, 0.5] });
    const pooled = json('config.json', { ...config, global_pool: 'avg' });
    await expect(loadWeights([pooled, file(model())], { heads: 2 })).rejects.toMatchObject({
      code: 'weights.unsupported-architecture',
      message: expect.stringContaining("'avg'"),
    });
  });

  it('reads DeiT distilled', async () => {
    const tensors = with_((t) => {
      t.set('dist_token', fill([1, 1, D], 90));
      t.set('pos_embed', fill([1, 2 + GRID * GRID, D], 91));
      t.set('head_dist.weight', fill([CLASSES, D], 92));
      t.set('head_dist.bias', fill([CLASSES], 93));
    });
    const loaded = await loadWeights([file(tensors)], { heads: 2 });
    await expectModel(loaded, tensors);
    expect(loaded).toMatchObject({ format: 'DeiT distilled', architecture: { distilled: true, imageSize: 8 } });
  });

  it('folds LayerScale into the layer before it', async () => {
    const tensors = with_((t) => {
      for (let block = 0; block < DEPTH; block++) {
        t.set(`blocks.${block}.ls1.gamma`, fill([D], 70));
        t.set(`blocks.${block}.ls2.gamma`, fill([D], 71));
      }
    });
    const loaded = await loadWeights([file(tensors)], { heads: 2 });
    expect(loaded.unused).toEqual([]);
    const gamma = fill([D], 71).data;
    const weight = model().get('blocks.1.mlp.fc2.weight')?.data ?? new Float32Array();
    const folded = (await loaded.reader.read('blocks.1.mlp.fc2.weight')).data;
    expect([...folded]).toEqual([...weight].map((value, i) => Math.fround(value * (gamma[Math.floor(i / HIDDEN)] ?? NaN))));
  });

  it('reads models without qkv bias and without a position for the class token, as zeros', async () => {
    const noBias = with_((t) => {
      for (let block = 0; block < DEPTH; block++) t.delete(`blocks.${block}.attn.qkv.bias`);
    });
    const loaded = await loadWeights([file(noBias)], { heads: 2 });
    expect([...(await loaded.reader.read('blocks.1.attn.qkv.bias')).data]).toEqual(Array(3 * D).fill(0));
    expect(loaded.notes.join(' ')).toMatch(/no bias/);
    const position = fill([1, GRID * GRID, D], 60);
    const noClass = await loadWeights([file(with_((t) => void t.set('pos_embed', position)))], { heads: 2 });
    const read = await noClass.reader.read('pos_embed');
    expect(read.shape).toEqual([1, 1 + GRID * GRID, D]);
    expect([...read.data]).toEqual([...Array<number>(D).fill(0), ...position.data]);
  });

  it.each<[string, (t: Tensors) => void, RegExp]>([
    ['mean pooling', (t) => t.set('fc_norm.weight', fill([D], 0)), /fc_norm/],
    ['register tokens', (t) => t.set('reg_token', fill([1, 4, D], 0)), /register tokens/],
    ['QK norm', (t) => t.set('blocks.0.attn.q_norm.weight', fill([4], 0)), /q_norm/],
    ['gated MLPs', (t) => t.set('blocks.0.mlp.w12.weight', fill([4], 0)), /gated/],
    ['rotary positions', (t) => t.set('rope.periods', fill([4], 0)), /rotary/],
    ['rectangular patches', (t) => t.set('patch_embed.proj.weight', fill([D, 3, 4, 2], 0)), /4 x 2/],
    ['one input channel', (t) => t.set('patch_embed.proj.weight', fill([D, 1, 4, 4], 0)), /1 input channels/],
    ['a position grid that is no square', (t) => t.set('pos_embed', fill([1, 4 * 5, D], 0)), /20 rows/],
  ])('refuses %s by name', async (_, change, message) => {
    await expect(loadWeights([file(with_(change))], { heads: 2 })).rejects.toMatchObject({
      code: 'weights.unsupported-architecture',
      message: expect.stringMatching(message),
    });
  });

  it('names each tensor that is taken away', async () => {
    for (const name of model().keys()) {
      if (name.startsWith('head')) continue;
      const damaged = loadWeights([file(with_((t) => void t.delete(name)))], { heads: 2 });
      await expect(damaged, name).rejects.toMatchObject({
        code: 'weights.missing-tensor',
        message: expect.stringContaining(`'${name}'`),
      });
    }
    const loaded = await loadWeights([file(backboneOnly())], { heads: 2 });
    expect(loaded.notes.join(' ')).toMatch(/no head/);
  });

  it('names each tensor that has a wrong shape', async () => {
    for (const [name, { shape }] of model()) {
      const odd = fill([...shape, 2], 0);
      const damaged = loadWeights([file(with_((t) => void t.set(name, odd)))], { heads: 2 });
      await expect(damaged, name).rejects.toMatchObject({ code: 'weights.wrong-shape', message: expect.stringContaining(name) });
    }
  });

  it('names a tensor of integers', async () => {
    const bytes = writeSafetensors(model(), {});
    const text = new TextDecoder('latin1').decode(bytes);
    const at = text.indexOf('"F32"', text.indexOf('"blocks.1.attn.proj.weight"'));
    bytes.set(new TextEncoder().encode('"I32"'), at);
    await expect(loadWeights([byteSourceFromBytes('m', bytes)], { heads: 2 })).rejects.toMatchObject({
      code: 'file.unsupported',
      message: expect.stringMatching(/'blocks\.1\.attn\.proj\.weight' has type I32/),
    });
  });

  it.each([
    ['fc', ''],
    ['classifier', 'module.vit.'],
  ])('takes a linear layer %s of a training script for the head, below %s', async (name, prefix) => {
    const tensors = backboneOnly();
    const outer = prefix.replace('vit.', '');
    const named = new Map([...tensors].map(([each, tensor]) => [prefix + each, tensor] as const));
    named.set(`${outer}${name}.weight`, fill([5, D], 1)).set(`${outer}${name}.bias`, fill([5], 2));
    const loaded = await loadWeights([file(named)], { heads: 2 });
    expect(await loaded.reader.read('head.weight')).toEqual(fill([5, D], 1));
    expect(loaded.unused).toEqual([]);
    // Not one that takes other channels.
    named.set(`${outer}${name}.weight`, fill([5, 2 * D], 1));
    expect((await loadWeights([file(named)], { heads: 2 })).reader.shape('head.weight')).toBeUndefined();
  });

  it('lists what it has no use for', async () => {
    const loaded = await loadWeights([file(with_((t) => void t.set('pre_logits.fc.weight', fill([D, D], 0))))], { heads: 2 });
    expect(loaded.unused).toEqual(['head.bias', 'head.weight', 'pre_logits.fc.weight']);
    expect(loaded.headless).toMatch(/pre_logits/);
    const more = await loadWeights([file(with_((t) => void t.set('extra', fill([D], 0))))], { heads: 2 });
    expect(more.unused).toEqual(['extra']);
  });

  it.each<[string, RegExp]>([
    ['blocks.1.attn.q_norm.weight', /normalised queries and keys/],
    ['blocks.1.attn.proj_l.weight', /talking heads/],
    ['blocks.1.attn.lambda_q1', /differential attention/],
    ['blocks.1.attn.ssf_scale_1', /SSF/],
    ['blocks.0.attn.q_bias', /biases/],
    ['blocks.1.attn.qkv.lora_A', /LoRA that was not merged/],
    ['blocks.1.something.weight', /'something\.weight' inside its blocks/],
  ])('refuses %s inside a block by its name and what it does', async (name, what) => {
    const loaded = loadWeights([file(with_((t) => void t.set(name, fill([D], 0))))], { heads: 2 });
    await expect(loaded).rejects.toMatchObject({
      code: 'weights.unsupported-architecture',
      message: expect.stringMatching(what),
    });
    await expect(loaded).rejects.toThrow(`'${name}'`);
  });

  it('takes a head in a sequence, one without a bias, and leaves out one of several layers', async () => {
    const inSequence = with_((t) => {
      for (const part of ['weight', 'bias']) {
        t.set(`head.1.${part}`, t.get(`head.${part}`)!);
        t.delete(`head.${part}`);
      }
    });
    await expectModel(await loadWeights([file(inSequence)], { heads: 2 }));
    const noBias = await loadWeights([file(with_((t) => void t.delete('head.bias')))], { heads: 2 });
    expect([...(await noBias.reader.read('head.bias')).data]).toEqual([0, 0, 0]);
    expect(noBias.reader.own?.names()).not.toContain('head.bias');
    const deeper = with_((t) => void t.set('head.2.weight', fill([CLASSES, D], 1)));
    expect(await loadWeights([file(deeper)], { heads: 2 })).toMatchObject({
      headless: expect.stringMatching(/no single linear layer/),
    });
  });

  it('gives LayerScale and what is zero here back as the library has them', async () => {
    const scaled = with_((t) => {
      for (let block = 0; block < DEPTH; block++) {
        for (const name of ['gamma_1', 'gamma_2']) t.set(`blocks.${block}.${name}`, fill([D], 70));
        t.delete(`blocks.${block}.attn.qkv.bias`);
      }
    });
    const { own } = (await loadWeights([file(scaled)], { heads: 2 })).reader;
    expect((await own?.read('blocks.1.ls2.gamma'))?.data).toEqual(fill([D], 70).data);
    expect((await own?.read('blocks.1.mlp.fc2.weight'))?.data).toEqual(model().get('blocks.1.mlp.fc2.weight')?.data);
    expect(own?.names()).not.toContain('blocks.0.attn.qkv.bias');
  });
});

describe('how pixels are normalised', () => {
  const IMAGENET = [0.485, 0.456, 0.406];
  const HALF = [0.5, 0.5, 0.5];
  it.each<[string, readonly number[]]>([
    ['vit_base_patch16_224.augreg_in21k.safetensors', HALF],
    ['models/vit_small_patch32_384.safetensors', HALF],
    ['flexivit_small.300ep_in1k.safetensors', HALF],
    ['vit_base_patch16_224.dino.safetensors', IMAGENET],
    ['vit_large_patch16_224.mae.safetensors', IMAGENET],
    ['deit3_small_patch16_224.fb_in1k.safetensors', IMAGENET],
    ['dino_deitsmall16_pretrain.safetensors', IMAGENET],
    ['vit_base_patch16_224_miil.in21k.safetensors', [0, 0, 0]],
    ['vit_base_patch16_clip_224.openai.safetensors', [0.48145466, 0.4578275, 0.40821073]],
  ])('is what timm has for %s, and no guess', async (name, mean) => {
    const loaded = await loadWeights([file(model(), {}, name)], { heads: 2 });
    expect(loaded).toMatchObject({ architecture: { mean }, guesses: [] });
  });

  it('is a guess by the family where nothing says it', async () => {
    const distilled = with_((t) => {
      t.set('dist_token', fill([1, 1, D], 90));
      t.set('pos_embed', fill([1, 2 + GRID * GRID, D], 91));
    });
    const published = with_((t) => {
      t.set('head.weight', fill([1000, D], 1));
      t.set('head.bias', fill([1000], 2));
    });
    const cases = [
      [distilled, IMAGENET],
      [backboneOnly(), HALF],
      [published, HALF],
      // A head of three classes was trained by a user's own script.
      [model(), IMAGENET],
    ] as const;
    for (const [tensors, mean] of cases) {
      const loaded = await loadWeights([file(tensors)], { heads: 2 });
      expect(loaded.architecture).toMatchObject({ mean });
      expect(loaded.guesses).toHaveLength(1);
    }
    const asked = await loadWeights([file(model())], { heads: 2, mean: [0, 0, 0], std: [1, 1, 1] });
    expect(asked.guesses).toEqual([]);
  });
});

describe('adapted weights', () => {
  const metadata: AdaptedMetadata = {
    version: 1,
    configuration: { ...PAPER_RECIPE, method: 'none', peft: 'linear', schedule: 'none' },
    architecture: {
      ...plainArchitecture({ imageSize: 8, patchSize: 4, embedDim: D, depth: DEPTH, heads: 2 }),
      mlpHidden: HIDDEN,
    },
    classes: ['a', 'b', 'c'],
    schedule: [0, 0],
    accuracy: { validation: 0.5, test: null },
  };
  const head = new Map([...model()].filter(([name]) => name.startsWith('head.')));

  it('are recognised by their metadata and have no backbone', async () => {
    const loaded = await loadWeights([byteSourceFromBytes('adapted.safetensors', writeAdapted(metadata, head))]);
    expect(loaded).toMatchObject({ format: 'adapted weights', architecture: null, adapted: metadata });
    await expectModel(loaded, head);
  });

  it('with a backbone in the same file are a whole model, whose heads the metadata tells', async () => {
    const loaded = await loadWeights([byteSourceFromBytes('full.safetensors', writeAdapted(metadata, model()))]);
    expect(loaded.architecture).toEqual(metadata.architecture);
    await expectModel(loaded);
  });
});

describe('the given files', () => {
  it('must be something', async () => {
    await expect(loadWeights([])).rejects.toMatchObject({ code: 'usage' });
    await expect(loadWeights([byteSourceFromBytes('empty', new Uint8Array())])).rejects.toMatchObject({
      message: expect.stringContaining('is empty'),
    });
    const text = byteSourceFromBytes('notes.txt', new TextEncoder().encode('no weights at all, only words'));
    await expect(loadWeights([text])).rejects.toMatchObject({ code: 'file.unsupported', subject: 'notes.txt' });
    await expect(loadWeights([file(new Map([['conv1.weight', fill([2], 0)]]))])).rejects.toMatchObject({
      code: 'file.unsupported',
      message: expect.stringContaining("'conv1.weight'"),
    });
  });

  it('may be one model only, of which safetensors is preferred', async () => {
    await expect(loadWeights([file(model(), {}, 'a'), file(model(), {}, 'b')])).rejects.toMatchObject({ code: 'usage' });
    const loaded = await loadWeights([fixture('parameters.pth'), file(model())], { heads: 2 });
    expect(loaded.name).toBe('m.safetensors');
    expect(loaded.notes.join(' ')).toContain('parameters.pth');
  });
});
