import { expect, it } from 'vitest';
import { byteSourceFromBytes, writeSafetensors } from '../../containers/safetensors/safetensors.js';
import type { NamedTensor } from '../../containers/tensors.js';
import { D, DEPTH, fill, model } from '../fixtures/model.js';
import { loadWeights } from './weights.js';

type Tensors = Map<string, NamedTensor>;

const file = (tensors: Tensors, name = 'm.safetensors') => byteSourceFromBytes(name, writeSafetensors(tensors, {}));
const withTensor = (name: string): Tensors => model().set(name, fill([D], 0));

it.each<[string, RegExp]>([
  ['embeddings.class_embedding', /a CLIP/],
  ['logit_scale', /a CLIP/],
  ['swinv2.encoder.layers.0.blocks.0.attention.self.logit_scale', /a Swin/],
  ['embeddings.patch_embeddings.weight', /a DINOv3, with rotary positions/],
  ['neck.reassemble_stage.layers.0.projection.weight', /segmentation, depth or detection/],
  ['embeds.proj.weight', /a NaFlexViT/],
  ['transformer.resblocks.0.attn.in_proj_weight', /a CLIP/],
  ['head.probe', /a SigLIP/],
  ['layers.0.blocks.0.attention.q_proj.weight', /a Swin/],
  ['features.1.0.layer_scale', /a ConvNeXt/],
  ['blocks.1.attn.relative_position_bias_table', /a BEiT/],
  ['patch_embed.backbone.stem.conv.weight', /behind a convolutional network/],
  ['to_patch_embedding.1.weight', /vit-pytorch/],
  ['stages.0.blocks.0.mlp.fc1.weight', /a network with stages/],
  ['encoder.block.0.layer.0.embed_tokens.weight', /a model of text/],
])('tensors beside a plain transformer’s give another model away: %s', async (tensor, family) => {
  await expect(loadWeights([file(withTensor(tensor))], { heads: 2 })).rejects.toMatchObject({
    code: 'weights.unsupported-architecture',
    message: expect.stringMatching(family),
  });
});

it('a name of timm’s tells of rotary positions and norms behind, which no tensor shows; other names tell nothing', async () => {
  for (const name of [
    'vit_base_patch16_rope_ape_224.naver_in1k',
    'vit_base_patch32_plus_rpn_256',
    'eva02_enormous_patch14_clip_224',
  ]) {
    await expect(loadWeights([file(model(), `${name}.safetensors`)], { heads: 2 })).rejects.toThrow(/the model has the name of/);
  }
  for (const name of ['vit_partial', 'swin-like', 'my_vit_rope_']) await loadWeights([file(model(), `${name}.pt`)], { heads: 2 });
});

it('names the tensor that replaces a missing layer', async () => {
  const gated = model();
  for (let block = 0; block < DEPTH; block++) {
    for (const part of ['weight', 'bias']) gated.delete(`blocks.${block}.mlp.fc1.${part}`);
    gated.set(`blocks.${block}.mlp.fc1_g.weight`, fill([D, D], 0)).set(`blocks.${block}.ls1.gamma`, fill([D], 0));
  }
  await expect(loadWeights([file(gated)], { heads: 2 })).rejects.toThrow(/gated MLPs \(tensor 'blocks\.0\.mlp\.fc1_g\.weight'\)/);
});

it.each<[string, Tensors]>([
  ['bitsandbytes', withTensor('blocks.0.mlp.fc1.weight.absmax')],
  ['GPTQ', withTensor('blocks.1.attn.qkv.qweight')],
])('quantised weights are refused as such: %s', async (_, tensors) => {
  await expect(loadWeights([file(tensors)], { heads: 2 })).rejects.toThrow(/quantised weights in place of the original ones/);
});

it('a part of a distributed checkpoint is refused, with how to make one file of it', async () => {
  await expect(loadWeights([file(model(), '__0_0.distcp')])).rejects.toThrow(/distributed checkpoint.*dcp_to_torch/);
});

it.each([
  ['module.base_encoder.', {}, 12],
  ['module.momentum_encoder.', {}, 12],
  ['module.', { arch: 'vit_small' }, 12],
  ['module.', { arch: 'vit_small_patch16_224' }, 6],
  ['', {}, 6],
])('of 384 channels below %j, with %j: %i heads, since MoCo v3 has narrower ones', async (prefix, metadata, heads) => {
  const wide = [...model()].map(([name, { shape }]) => {
    const length = (side: number): number => ({ [D]: 384, [3 * D]: 3 * 384 })[side] ?? side;
    return [prefix + name, fill(shape.map(length), 0)] as const;
  });
  const bytes = writeSafetensors(new Map(wide), metadata);
  expect((await loadWeights([byteSourceFromBytes('m.safetensors', bytes)])).architecture?.heads).toBe(heads);
});

it('does not ask for the heads of a model that is refused', async () => {
  await expect(loadWeights([file(model())])).rejects.toMatchObject({ code: 'option.invalid' });
  await expect(loadWeights([file(withTensor('blocks.1.attn.q_norm.weight'))])).rejects.toThrow(/normalised queries/);
});

it('of a model and its smoothed copy in one dict, takes the copy', async () => {
  const both: Tensors = new Map();
  for (const [name, tensor] of model()) {
    both.set(`net.${name}`, { ...tensor, data: tensor.data.map((value) => value + 1) });
    both.set(`net_ema.${name}`, tensor);
  }
  const { reader } = await loadWeights([file(both)], { heads: 2 });
  expect((await reader.read('norm.bias')).data).toEqual(model().get('norm.bias')?.data);
});

it('refuses a tensor that training left without numbers, by its name, when it is read', async () => {
  const diverged = model().set('norm.bias', { shape: [D], data: new Float32Array(D).fill(NaN, 3) });
  const { reader } = await loadWeights([file(diverged)], { heads: 2 });
  await expect(reader.read('norm.bias')).rejects.toThrow(
    "m.safetensors: tensor 'norm.bias' has 5 of 8 elements that are not finite",
  );
  expect((await reader.read('norm.weight')).data).toEqual(model().get('norm.weight')?.data);
});

it.each([
  ['teacher.backbone.', 'student.backbone.'],
  ['module.base_encoder.', 'module.momentum_encoder.'],
  ['model_ema.', 'model.'],
  ['a.', 'wider.'],
])('of the models below %j and %j the first is meant, and the other is named', async (meant, other) => {
  const both: Tensors = new Map();
  for (const [name, tensor] of model()) {
    both.set(other + name, { ...tensor, data: tensor.data.map((value) => value + 1) });
    both.set(meant + name, tensor);
  }
  const { reader, notes } = await loadWeights([file(both)], { heads: 2 });
  expect((await reader.read('norm.bias')).data).toEqual(model().get('norm.bias')?.data);
  expect(notes).toContain(`Other models, below '${other}', are left aside.`);
});

it('a teacher of another width is no smoothed copy', async () => {
  const both: Tensors = new Map([...model()].map(([name, tensor]) => [`net.${name}`, tensor]));
  both.set('teacher.patch_embed.proj.weight', fill([2 * D, 3, 4, 4], 0));
  expect((await loadWeights([file(both)], { heads: 2 })).notes).toContain("The names stand below 'net.'.");
});
