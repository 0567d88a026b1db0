import { describe, expect, it } from 'vitest';
import { CLASSES, D, fill, GRID, model } from '../fixtures/model.js';
import { loadWeights } from './weights.js';
import { expectModel, file, json, type Tensors } from '../fixtures/tensors.js';

/** The model under Hugging Face's names. */
function huggingFace(newer: boolean, prefix: string): Tensors {
  const renamed: Tensors = new Map();
  const top: Record<string, string> = {
    cls_token: 'embeddings.cls_token',
    pos_embed: 'embeddings.position_embeddings',
    'patch_embed.proj.weight': 'embeddings.patch_embeddings.projection.weight',
    'patch_embed.proj.bias': 'embeddings.patch_embeddings.projection.bias',
    'norm.weight': 'layernorm.weight',
    'norm.bias': 'layernorm.bias',
  };
  const layers: Record<string, string> = newer
    ? {
        norm1: 'layernorm_before',
        norm2: 'layernorm_after',
        'attn.proj': 'attention.o_proj',
        'mlp.fc1': 'mlp.fc1',
        'mlp.fc2': 'mlp.fc2',
      }
    : {
        norm1: 'layernorm_before',
        norm2: 'layernorm_after',
        'attn.proj': 'attention.output.dense',
        'mlp.fc1': 'intermediate.dense',
        'mlp.fc2': 'output.dense',
      };
  const parts = newer
    ? ['attention.q_proj', 'attention.k_proj', 'attention.v_proj']
    : ['attention.attention.query', 'attention.attention.key', 'attention.attention.value'];
  for (const [name, tensor] of model()) {
    const [, block, layer = '', kind = ''] = /^blocks\.(\d)\.(.+)\.(weight|bias)$/.exec(name) ?? [];
    if (name.startsWith('head.')) renamed.set(name.replace('head.', 'classifier.'), tensor);
    else if (block === undefined) renamed.set(prefix + (top[name] ?? ''), tensor);
    else {
      const at = `${prefix}${newer ? 'layers' : 'encoder.layer'}.${block}.`;
      if (layer !== 'attn.qkv') renamed.set(`${at}${layers[layer] ?? ''}.${kind}`, tensor);
      else {
        const size = tensor.data.length / 3;
        for (const [index, part] of parts.entries()) {
          const data = tensor.data.slice(index * size, (index + 1) * size);
          renamed.set(`${at}${part}.${kind}`, { shape: [D, ...tensor.shape.slice(1)], data });
        }
      }
    }
  }
  return renamed;
}

describe('Hugging Face', () => {
  const config = { hidden_size: D, num_attention_heads: 2, layer_norm_eps: 1e-10, hidden_act: 'gelu', model_type: 'vit' };

  it.each([
    ['older names', false, 'vit.'],
    ['newer names', true, 'vit.'],
    ['older names of a bare model', false, ''],
    ['newer names of a bare model', true, ''],
  ])('reads %s', async (_, newer, prefix) => {
    const loaded = await loadWeights([json('config.json', config), file(huggingFace(newer, prefix))]);
    await expectModel(loaded);
    expect(loaded).toMatchObject({ format: 'Hugging Face ViT', unused: [] });
    expect(loaded.architecture).toMatchObject({ heads: 2, layerNormEpsilon: 1e-10, mean: [0.5, 0.5, 0.5] });
  });

  it('reads DeiT with its two heads, normalised as ImageNet', async () => {
    const tensors = huggingFace(false, 'deit.');
    for (const part of ['weight', 'bias']) {
      tensors.set(`cls_classifier.${part}`, tensors.get(`classifier.${part}`) ?? fill([], 0));
      tensors.delete(`classifier.${part}`);
    }
    const added = { dist_token: fill([1, 1, D], 90), pos_embed: fill([1, 2 + GRID * GRID, D], 91) };
    const head = { weight: fill([CLASSES, D], 92), bias: fill([CLASSES], 93) };
    tensors.set('deit.embeddings.distillation_token', added.dist_token);
    tensors.set('deit.embeddings.position_embeddings', added.pos_embed);
    tensors.set('distillation_classifier.weight', head.weight);
    tensors.set('distillation_classifier.bias', head.bias);
    const loaded = await loadWeights([json('config.json', config), file(tensors)]);
    const expected = model()
      .set('dist_token', added.dist_token)
      .set('pos_embed', added.pos_embed)
      .set('head_dist.weight', head.weight)
      .set('head_dist.bias', head.bias);
    await expectModel(loaded, expected);
    expect(loaded).toMatchObject({
      format: 'Hugging Face DeiT',
      unused: [],
      architecture: { distilled: true, mean: [0.485, 0.456, 0.406] },
    });
  });

  it('takes 1e-12 without a configuration, and the preprocessor’s normalisation where it is given', async () => {
    const processor = { image_mean: [0.1, 0.2, 0.3], image_std: [1, 2, 3], size: { height: 8 } };
    const loaded = await loadWeights([file(huggingFace(true, 'vit.')), json('preprocessor_config.json', processor)], {
      heads: 2,
    });
    expect(loaded.architecture).toMatchObject({ layerNormEpsilon: 1e-12, mean: [0.1, 0.2, 0.3], std: [1, 2, 3] });
  });

  it("names a missing tensor by the file's own name", async () => {
    for (const name of huggingFace(false, 'vit.').keys()) {
      if (name.startsWith('classifier')) continue;
      const tensors = huggingFace(false, 'vit.');
      tensors.delete(name);
      const damaged = loadWeights([json('config.json', config), file(tensors)]);
      await expect(damaged, name).rejects.toMatchObject({
        code: 'weights.missing-tensor',
        message: expect.stringContaining(`'${name}'`),
      });
    }
  });

  it('refuses another activation, another width, and a key of another shape than the query', async () => {
    const tensors = huggingFace(true, 'vit.');
    const quick = json('config.json', { ...config, hidden_act: 'quick_gelu' });
    await expect(loadWeights([quick, file(tensors)])).rejects.toMatchObject({ code: 'weights.unsupported-architecture' });
    const wide = json('config.json', { ...config, hidden_size: 16 });
    await expect(loadWeights([wide, file(tensors)])).rejects.toMatchObject({ code: 'weights.wrong-shape' });
    tensors.set('vit.layers.1.attention.k_proj.weight', fill([4, D], 0));
    await expect(loadWeights([json('config.json', config), file(tensors)])).rejects.toMatchObject({
      code: 'weights.wrong-shape',
      message: expect.stringContaining('k_proj'),
    });
  });

  it('refuses a family with stages by its type, whose numbers are lists', async () => {
    const staged = {
      model_type: 'segformer',
      num_attention_heads: [1, 2, 5, 8],
      hidden_size: [32, 64],
      patch_size: [7, 3, 3, 3],
    };
    await expect(loadWeights([json('config.json', staged), file(huggingFace(false, 'vit.'))])).rejects.toMatchObject({
      code: 'weights.unsupported-architecture',
      message: expect.stringMatching(/model_type 'segformer'/),
    });
  });

  it('reads shards by their index', async () => {
    const entries = [...huggingFace(false, 'vit.')];
    const halves = [entries.slice(0, 20), entries.slice(20)];
    const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const map = Object.fromEntries(halves.flatMap((half, i) => half.map(([name]) => [name, names[i] ?? ''])));
    const sources = halves.map((half, i) => file(new Map(half), { format: 'pt' }, `folder/${names[i] ?? ''}`));
    const index = json('folder/model.safetensors.index.json', { metadata: { total_size: 1 }, weight_map: map });
    await expectModel(await loadWeights([...sources, index, json('folder/config.json', config)]));
    await expect(loadWeights([...sources, json('folder/config.json', config)])).rejects.toMatchObject({ code: 'usage' });
  });
});
