import { describe, expect, it } from 'vitest';
import { D, DEPTH, fill, model } from '../fixtures/model.js';
import { byteSourceFromBytes, writeSafetensors } from '../../containers/safetensors.js';
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

  const mlp = 'base_model.model.vit.encoder.layer.0.output.dense.lora_A.weight';
  const query = 'base_model.model.vit.encoder.layer.1.attention.attention.query.lora_B.weight';
  it.each<[string, object, (tensors: Tensors) => void, string, RegExp]>([
    [
      'LoRA on another layer',
      CONFIG,
      (t) => t.set(mlp, fill([2, D], 0)),
      'weights.unsupported-architecture',
      /output\.dense\.lora_A/,
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
    const shallow = foreign((tensors) => {
      for (const name of [...tensors.keys()]) if (name.includes('layer.1.')) tensors.delete(name);
    });
    await expect(loadWeights([backbone, json(CONFIG), adapter(shallow)])).rejects.toThrow("'blocks.1.attn.LoRA_a.weight'");
  });
});
