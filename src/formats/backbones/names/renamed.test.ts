import { expect, it } from 'vitest';
import { D, fill } from '../../fixtures/model.js';
import { backboneOnly, expectModel, file, with_, type Tensors } from '../../fixtures/tensors.js';
import { loadWeights } from '../weights.js';

/** The small model with each name replaced by the first pattern that fits it. */
const renamed = (names: readonly (readonly [RegExp, string])[], prefix = ''): Tensors =>
  new Map(
    [...with_(() => undefined)].map(([name, tensor]) => {
      const [pattern, by] = names.find(([some]) => some.test(name)) ?? [/^/, ''];
      return [prefix + name.replace(pattern, by), tensor];
    }),
  );

const TORCHVISION = [
  [/^cls_token$/, 'class_token'],
  [/^pos_embed$/, 'encoder.pos_embedding'],
  [/^patch_embed\.proj/, 'conv_proj'],
  [/^norm/, 'encoder.ln'],
  [/^head/, 'heads.head'],
  [/^blocks\.(\d)\.norm/, 'encoder.layers.encoder_layer_$1.ln_'],
  [/^blocks\.(\d)\.attn\.qkv\./, 'encoder.layers.encoder_layer_$1.self_attention.in_proj_'],
  [/^blocks\.(\d)\.attn\.proj/, 'encoder.layers.encoder_layer_$1.self_attention.out_proj'],
  [/^blocks\.(\d)\.mlp\.fc1/, 'encoder.layers.encoder_layer_$1.mlp.0'],
  [/^blocks\.(\d)\.mlp\.fc2/, 'encoder.layers.encoder_layer_$1.mlp.3'],
] as const;

const MMPRETRAIN = [
  [/^patch_embed\.proj/, 'backbone.patch_embed.projection'],
  [/^norm/, 'backbone.ln1'],
  [/^head/, 'head.layers.head'],
  [/^blocks\.(\d)\.norm/, 'backbone.layers.$1.ln'],
  [/^blocks\.(\d)\.attn/, 'backbone.layers.$1.attn'],
  [/^blocks\.(\d)\.mlp\.fc1/, 'backbone.layers.$1.ffn.layers.0.0'],
  [/^blocks\.(\d)\.mlp\.fc2/, 'backbone.layers.$1.ffn.layers.1'],
  [/^/, 'backbone.'],
] as const;

const VIT_PYTORCH = [
  [/^cls_token$/, 'transformer.embeddings.cls_token'],
  [/^pos_embed$/, 'transformer.embeddings.position_embeddings'],
  [/^patch_embed\.proj/, 'transformer.embeddings.patch_embeddings'],
  [/^norm/, 'transformer.encoder.encoder_norm'],
  [/^blocks\.(\d)\.norm1/, 'transformer.encoder.layer.$1.attention_norm'],
  [/^blocks\.(\d)\.norm2/, 'transformer.encoder.layer.$1.ffn_norm'],
  [/^blocks\.(\d)\.attn\.proj/, 'transformer.encoder.layer.$1.attn.out'],
  [/^blocks\.(\d)\.mlp/, 'transformer.encoder.layer.$1.ffn'],
] as const;

/** The small model under ViT-pytorch's names, with query, key and value in layers of their own. */
function ofVitPytorch(): Tensors {
  const tensors = renamed(VIT_PYTORCH);
  for (const [name, { shape, data }] of [...tensors]) {
    const [, block, part] = /^blocks\.(\d)\.attn\.qkv\.(\w+)$/.exec(name) ?? [];
    if (block === undefined) continue;
    tensors.delete(name);
    for (const [third, called] of ['query', 'key', 'value'].entries()) {
      const length = data.length / 3;
      tensors.set(`transformer.encoder.layer.${block}.attn.${called}.${part ?? ''}`, {
        shape: [D, ...shape.slice(1)],
        data: data.slice(third * length, (third + 1) * length),
      });
    }
  }
  return tensors;
}

const older = TORCHVISION.map(
  ([pattern, by]) => [pattern, by.replace('mlp.0', 'mlp.linear_1').replace('mlp.3', 'mlp.linear_2')] as const,
);
const oneLayerHead = TORCHVISION.map(([pattern, by]) => [pattern, by.replace('heads.head', 'heads')] as const);

it.each([
  ['torchvision', renamed(TORCHVISION), 'torchvision'],
  ['torchvision before 0.13', renamed(older), 'torchvision'],
  ['torchvision with another head, in parallel', renamed(oneLayerHead, 'module.'), 'torchvision'],
  ['mmpretrain', renamed(MMPRETRAIN), 'mmpretrain'],
  ['ViT-pytorch', ofVitPytorch(), 'ViT-pytorch'],
])('reads the names of %s', async (_, tensors, format) => {
  const loaded = await loadWeights([file(tensors)], { heads: 2 });
  await expectModel(loaded);
  expect(loaded).toMatchObject({ format, unused: [] });
});

it('torchvision normalises as for ImageNet; mmpretrain’s files do not tell, which is said', async () => {
  const loaded = await loadWeights([file(renamed(TORCHVISION))], { heads: 2 });
  expect(loaded.architecture?.mean).toEqual([0.485, 0.456, 0.406]);
  expect(loaded.guesses).toEqual([]);
  expect((await loadWeights([file(renamed(MMPRETRAIN))], { heads: 2 })).guesses).toHaveLength(1);
});

it('a head of two layers is left out, and its backbone is read', async () => {
  const tensors = renamed(TORCHVISION).set('heads.pre_logits.weight', fill([D, D], 0));
  const loaded = await loadWeights([file(tensors)], { heads: 2 });
  await expectModel(loaded, backboneOnly());
  expect(loaded.headless).toBe('its head is no single linear layer');
});

it.each<[string, Tensors, RegExp]>([
  [
    'a missing tensor, by the library’s name',
    without('encoder.layers.encoder_layer_1.ln_2.bias'),
    /'encoder\.layers\.encoder_layer_1\.ln_2\.bias'/,
  ],
  ['a convolutional stem', renamed(TORCHVISION).set('conv_proj.0.weight', fill([D], 0)), /convolutional stem/],
  ['a norm before the blocks', renamed(MMPRETRAIN).set('backbone.pre_norm.weight', fill([D], 0)), /pre_norm/],
  ['mean pooling', renamed(MMPRETRAIN).set('backbone.ln2.weight', fill([D], 0)), /mean pooling/],
  ['scales inside its blocks', renamed(MMPRETRAIN).set('backbone.layers.0.gamma1.weight', fill([D], 0)), /LayerScale/],
])('refuses %s', async (_, tensors, message) => {
  await expect(loadWeights([file(tensors)], { heads: 2 })).rejects.toThrow(message);
});

function without(name: string): Tensors {
  const tensors = renamed(TORCHVISION);
  tensors.delete(name);
  return tensors;
}

it('ViT-pytorch has its hybrids and TransFG refused by name, and scales pixels to -1..1', async () => {
  const loaded = await loadWeights([file(ofVitPytorch())], { heads: 2 });
  expect(loaded.architecture).toMatchObject({ mean: [0.5, 0.5, 0.5], layerNormEpsilon: 1e-6 });
  for (const [name, message] of [
    ['transformer.embeddings.hybrid_model.root.conv.weight', /a convolutional stem/],
    ['transformer.encoder.part_norm.weight', /TransFG/],
  ] as const) {
    const tensors = ofVitPytorch().set(name, fill([4], 1));
    await expect(loadWeights([file(tensors)], { heads: 2 })).rejects.toThrow(message);
  }
});
