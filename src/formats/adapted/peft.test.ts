import { describe, expect, it } from 'vitest';
import { D, DEPTH, fill, model } from '../fixtures/model.js';
import { byteSourceFromBytes, writeSafetensors } from '../../containers/safetensors/safetensors.js';
import type { NamedTensor } from '../../containers/tensors.js';
import { loadWeights } from '../backbones/weights.js';

const RANK = 2;
const CONFIG = { peft_type: 'LORA', r: RANK, lora_alpha: 16, target_modules: ['query', 'value'], bias: 'none', task_type: null };
const json = (value: unknown) => byteSourceFromBytes('adapter_config.json', new TextEncoder().encode(JSON.stringify(value)));
const backbone = byteSourceFromBytes('model.safetensors', writeSafetensors(model(), { num_heads: '2' }));

type Tensors = Map<string, NamedTensor>;

/** An adapter as transformers' users make them: query and value alone, each with its own A, and a new head. */
function foreign(change: (tensors: Tensors) => void = () => undefined): Tensors {
  const tensors: Tensors = new Map();
  for (let block = 0; block < DEPTH; block++) {
    for (const [t, part] of (['query', 'value'] as const).entries()) {
      const layer = `base_model.model.vit.encoder.layer.${block}.attention.attention.${part}`;
      tensors.set(`${layer}.lora_A.weight`, fill([RANK, D], 10 * block + t));
      tensors.set(`${layer}.lora_B.weight`, fill([D, RANK], 10 * block + t + 5));
    }
  }
  tensors.set('base_model.model.classifier.weight', fill([4, D], 50));
  tensors.set('base_model.model.classifier.bias', fill([4], 51));
  change(tensors);
  return tensors;
}
const adapter = (tensors: Tensors) =>
  byteSourceFromBytes('adapter_model.safetensors', writeSafetensors(tensors, { format: 'pt' }));

/** [outputs, inputs] = b a. */
function product(a: NamedTensor, b: NamedTensor): number[] {
  const [rank = 0, inputs = 0] = a.shape;
  return Array.from({ length: (b.shape[0] ?? 0) * inputs }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += b.data[Math.floor(at / inputs) * rank + k]! * a.data[k * inputs + (at % inputs)]!;
    return sum;
  });
}

describe('a PEFT adapter that was made elsewhere', () => {
  it('adds to query and value what PEFT adds, and nothing to key', async () => {
    const tensors = foreign();
    const loaded = await loadWeights([backbone, json(CONFIG), adapter(tensors)]);
    expect(loaded).toMatchObject({
      format: 'timm with a PEFT adapter',
      adapted: { configuration: { peft: 'lora', method: 'none' }, classes: ['class 0', 'class 1', 'class 2', 'class 3'] },
    });
    expect(loaded.notes).toContain('A PEFT adapter: LoRA of rank 2, times 8 in 2 blocks.');
    for (let block = 0; block < DEPTH; block++) {
      const part = (name: string, side: string) =>
        tensors.get(`base_model.model.vit.encoder.layer.${block}.attention.attention.${name}.lora_${side}.weight`)!;
      const expected = [
        ...product(part('query', 'A'), part('query', 'B')),
        ...Array<number>(D * D).fill(0),
        ...product(part('value', 'A'), part('value', 'B')),
      ].map((value) => (CONFIG.lora_alpha / CONFIG.r) * value);
      const joint = product(
        await loaded.reader.read(`blocks.${block}.attn.LoRA_a.weight`),
        await loaded.reader.read(`blocks.${block}.attn.LoRA_b.weight`),
      );
      expect(joint).toEqual(expected);
    }
    expect([...(await loaded.reader.read('head.weight')).data]).toEqual([...fill([4, D], 50).data]);
  });

  it('takes the factor alpha over the square root of r where the configuration says so', async () => {
    const loaded = await loadWeights([backbone, json({ ...CONFIG, lora_alpha: 3, use_rslora: true }), adapter(foreign())]);
    expect(loaded.notes.join(' ')).toContain('times 2.1213');
  });

  it('takes ranks and factors that differ by layer: the rank from the tensors, the factor by the first pattern that fits', async () => {
    const mixed = foreign((tensors) => {
      tensors.set('base_model.model.vit.encoder.layer.0.attention.attention.query.lora_A.weight', fill([4, D], 0));
      tensors.set('base_model.model.vit.encoder.layer.0.attention.attention.query.lora_B.weight', fill([D, 4], 5));
    });
    const patterns = { rank_pattern: { 'layer.0.*query': 4 }, alpha_pattern: { 'layer.1.*': 6, value: 2 } };
    const loaded = await loadWeights([backbone, json({ ...CONFIG, ...patterns }), adapter(mixed)]);
    // 16 / 4 for the first block's query, 2 / 2 for its value, 6 / 2 in the second block.
    expect(loaded.notes).toContain('A PEFT adapter: LoRA of rank 4 and 2, times 4 and 1 and 3 in 2 blocks.');
  });

  const mlp = 'base_model.model.vit.encoder.layer.0.output.dense.lora_A.weight';
  const query = 'base_model.model.vit.encoder.layer.1.attention.attention.query.lora_B.weight';
  it.each<[string, object, (tensors: Tensors) => void, string, RegExp]>([
    [
      'a layer without its partner',
      CONFIG,
      (t) => t.set(mlp, fill([2, D], 0)),
      'weights.missing-tensor',
      /output\.dense\.lora_B/,
    ],
    [
      'LoRA on what is no layer of the model',
      CONFIG,
      (t) => t.set('base_model.model.vit.pooler.dense.lora_A.weight', fill([2, D], 0)),
      'weights.unsupported-architecture',
      /adapts 'vit\.pooler\.dense/,
    ],
    [
      'a factor for what is no regular expression',
      { ...CONFIG, alpha_pattern: { 'query(': 4 } },
      () => undefined,
      'weights.unsupported-architecture',
      /alpha_pattern/,
    ],
    [
      'PiSSA',
      { ...CONFIG, init_lora_weights: 'pissa_niter_16' },
      () => undefined,
      'weights.unsupported-architecture',
      /'pissa_niter_16'/,
    ],
    [
      'two adapters',
      CONFIG,
      (t) => {
        for (const [name, tensor] of [...t]) {
          if (!name.includes('.lora_')) continue;
          t.delete(name);
          for (const adapter of ['one', 'two']) t.set(name.replace('.weight', `.${adapter}.weight`), tensor);
        }
      },
      'weights.unsupported-architecture',
      /2 adapters \(one, two\)/,
    ],
    [
      'another kind of adapter in its tensors',
      CONFIG,
      (t) => t.set('base_model.model.vit.encoder.layer.0.output.dense.lokr_w1', fill([2, 2], 0)),
      'weights.unsupported-architecture',
      /LoKr/,
    ],
    ['DoRA', { ...CONFIG, use_dora: true }, () => undefined, 'weights.unsupported-architecture', /DoRA/],
    ['another method', { ...CONFIG, peft_type: 'IA3' }, () => undefined, 'weights.unsupported-architecture', /'IA3'/],
    ['trained biases', { ...CONFIG, bias: 'all' }, () => undefined, 'weights.unsupported-architecture', /biases/],
    ['a layer without its B', CONFIG, (t) => t.delete(query), 'weights.missing-tensor', /query\.lora_B/],
    ['a B of a wrong shape', CONFIG, (t) => t.set(query, fill([D, 3], 0)), 'weights.wrong-shape', /\[8, 3\], and \[8, 2\]/],
  ])('is refused by name with %s', async (_, config, change, code, message) => {
    await expect(loadWeights([backbone, json(config), adapter(foreign(change))])).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('is refused without its backbone, and with one of another width or depth', async () => {
    await expect(loadWeights([json(CONFIG), adapter(foreign())])).rejects.toThrow(
      'adapter_model.safetensors: is a PEFT adapter (Hugging Face names) that was made elsewhere; give the weights of its backbone with it',
    );
    const deep = foreign((tensors) => {
      for (const [name, tensor] of [...tensors]) tensors.set(name.replace('layer.1.', 'layer.5.'), tensor);
    });
    await expect(loadWeights([backbone, json(CONFIG), adapter(deep)])).rejects.toThrow("has no layer 'blocks.5.attn.qkv'");
    const wide = foreign((tensors) => {
      for (const [name, { shape }] of [...tensors]) {
        if (name.includes('.lora_'))
          tensors.set(
            name,
            fill(
              shape.map((length) => (length === D ? 2 * D : length)),
              0,
            ),
          );
      }
    });
    await expect(loadWeights([backbone, json(CONFIG), adapter(wide)])).rejects.toThrow('a backbone of another width');
  });

  it('leaves the blocks that it does not adapt as they were', async () => {
    const second = foreign((tensors) => {
      for (const name of [...tensors.keys()]) if (name.includes('layer.0.')) tensors.delete(name);
    });
    const loaded = await loadWeights([backbone, json({ ...CONFIG, layers_to_transform: [1] }), adapter(second)]);
    expect(loaded.notes).toContain('There is no LoRA in block 0.');
    expect((await loaded.reader.read('blocks.0.attn.LoRA_b.weight')).data.every((value) => value === 0)).toBe(true);
    expect((await loaded.reader.read('blocks.1.attn.LoRA_b.weight')).data.some((value) => value !== 0)).toBe(true);
  });

  it.each<[string, string, string]>([
    ['output.dense', 'blocks.1.mlp.fc2.weight', 'older names'],
    ['attention.o_proj', 'blocks.1.attn.proj.weight', 'newer names'],
  ])('is folded into %s, a layer beside attention’s query, key and value', async (module, layer) => {
    const [outputs = 0, inputs = 0] = model().get(layer)?.shape ?? [];
    const [a, b] = [fill([RANK, inputs], 3), fill([outputs, RANK], 4)];
    const tensors = foreign((t) => {
      t.set(`base_model.model.vit.encoder.layer.1.${module}.lora_A.weight`, a);
      t.set(`base_model.model.vit.encoder.layer.1.${module}.lora_B.weight`, b);
    });
    const loaded = await loadWeights([backbone, json(CONFIG), adapter(tensors)]);
    expect(loaded.folded).toEqual([layer.replace('.weight', '')]);
    const added = product(a, b);
    const expected = [...(model().get(layer)?.data ?? [])].map((value, i) => Math.fround(value + 8 * (added[i] ?? NaN)));
    expect([...(await loaded.reader.read(layer)).data]).toEqual(expected);
  });

  it('is folded whole into a backbone without a head', async () => {
    const headless = byteSourceFromBytes(
      'model.safetensors',
      writeSafetensors(new Map([...model()].filter(([name]) => !name.startsWith('head'))), { num_heads: '2' }),
    );
    const tensors = foreign((t) => ['weight', 'bias'].forEach((part) => t.delete(`base_model.model.classifier.${part}`)));
    const loaded = await loadWeights([headless, json(CONFIG), adapter(tensors)]);
    expect(loaded).toMatchObject({ adapted: null, folded: ['blocks.0.attn.qkv', 'blocks.1.attn.qkv'] });
    expect(loaded.reader.names().filter((name) => name.includes('LoRA'))).toEqual([]);
  });

  it('is folded into the head and the patches’ projection, which short names of layers take in too', async () => {
    const a = fill([RANK, 3, 4, 4], 70);
    const b = fill([D, RANK, 1, 1], 71);
    const tensors = foreign((t) => {
      for (const part of ['weight', 'bias']) t.delete(`base_model.model.classifier.${part}`);
      t.set('base_model.model.classifier.lora_A.weight', fill([RANK, D], 72));
      t.set('base_model.model.classifier.lora_B.weight', fill([3, RANK], 73));
      t.set('base_model.model.vit.embeddings.patch_embeddings.projection.lora_A.weight', a);
      t.set('base_model.model.vit.embeddings.patch_embeddings.projection.lora_B.weight', b);
    });
    const { reader, folded } = await loadWeights([backbone, json(CONFIG), adapter(tensors)]);
    expect(folded).toEqual(['head', 'patch_embed.proj']);
    const factor = CONFIG.lora_alpha / CONFIG.r;
    for (const [name, added] of [
      ['head.weight', product(fill([RANK, D], 72), fill([3, RANK], 73))],
      ['patch_embed.proj.weight', product({ shape: [RANK, 48], data: a.data }, { shape: [D, RANK], data: b.data })],
    ] as const) {
      const own = model().get(name)!;
      const found = await reader.read(name);
      expect(found.shape).toEqual(own.shape);
      added.forEach((value, i) => expect(found.data[i]).toBeCloseTo(own.data[i]! + factor * value, 5));
    }
  });

  it('has a name inside its tensors’ names, as a whole state has them', async () => {
    const named = foreign((t) => {
      for (const [name, tensor] of [...t]) {
        t.delete(name);
        t.set(
          name.replace(/(lora_[AB])\.weight/, '$1.default.weight').replace('classifier.', 'classifier.modules_to_save.default.'),
          tensor,
        );
      }
    });
    const loaded = await loadWeights([backbone, json(CONFIG), adapter(named)]);
    const plain = await loadWeights([backbone, json(CONFIG), adapter(foreign())]);
    for (const name of ['blocks.1.attn.LoRA_b.weight', 'head.bias'])
      expect(await loaded.reader.read(name)).toEqual(await plain.reader.read(name));
  });
});

describe('the state dict of a whole PEFT model', () => {
  /** The small model with LoRA on its joint layers and a new head, in one file, as PEFT has them in memory. */
  function whole(): { whole: Tensors; adapter: Tensors } {
    const adapter: Tensors = new Map();
    for (let block = 0; block < DEPTH; block++) {
      adapter.set(`base_model.model.blocks.${block}.attn.qkv.lora_A.weight`, fill([RANK, D], block));
      adapter.set(`base_model.model.blocks.${block}.attn.qkv.lora_B.weight`, fill([3 * D, RANK], block + 5));
    }
    adapter.set('base_model.model.head.weight', fill([4, D], 50));
    adapter.set('base_model.model.head.bias', fill([4], 51));
    const all: Tensors = new Map();
    for (const [name, tensor] of model()) {
      const wrapped = name.replace(/(qkv)\./, '$1.base_layer.').replace(/^head\./, 'head.original_module.');
      all.set(`base_model.model.${wrapped}`, tensor);
    }
    for (const [name, tensor] of adapter) {
      all.set(name.replace(/(lora_[AB])/, '$1.default').replace(/head\./, 'head.modules_to_save.default.'), tensor);
    }
    return { whole: all, adapter };
  }
  const file = (tensors: Tensors) => byteSourceFromBytes('whole.safetensors', writeSafetensors(tensors, { num_heads: '2' }));

  it('is its backbone and its adapter', async () => {
    const { whole: all, adapter: alone } = whole();
    const loaded = await loadWeights([file(all), json(CONFIG)]);
    const apart = await loadWeights([backbone, json(CONFIG), adapter(alone)]);
    expect(loaded.reader.names()).toEqual(apart.reader.names());
    for (const name of apart.reader.names()) expect(await loaded.reader.read(name), name).toEqual(await apart.reader.read(name));
  });

  it('is refused without its configuration, with what to do', async () => {
    await expect(loadWeights([file(whole().whole)])).rejects.toThrow(
      /whole\.safetensors: is a whole PEFT model.*give its adapter_config\.json with it, or save merge_and_unload\(\)/,
    );
  });
});
