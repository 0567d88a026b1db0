import { describe, expect, it } from 'vitest';
import { D, fill, fixture, model } from '../fixtures/model.js';
import { loadWeights, readTrained } from './weights.js';
import { backboneOnly, expectModel, with_ } from '../fixtures/tensors.js';

describe('files made by numpy', () => {
  it.each([
    ['augreg.npz', 'AugReg npz'],
    ['augreg-deflated.npz', 'AugReg npz'],
    ['augreg-bfloat16.npz', 'AugReg npz'],
    ['big-vision-half.npz', 'big_vision npz'],
  ])('reads %s', async (name, format) => {
    const loaded = await loadWeights([fixture(name)]);
    await expectModel(loaded);
    expect(loaded).toMatchObject({ format, unused: [], architecture: { heads: 2, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } });
  });

  it.each(['big-vision-stacked.npz', 'big-vision-stacked-deflated.npz'])('reads %s', async (name) => {
    const position = new Float32Array(model().get('pos_embed')?.data ?? []);
    position.fill(0, 0, D);
    const expected = with_((t) => void t.set('pos_embed', { shape: [1, 5, D], data: position }));
    await expectModel(await loadWeights([fixture(name)]), expected);
  });
});

describe('files made by PyTorch', () => {
  it.each([
    ['parameters.pth', 'timm'],
    ['legacy.pth', 'timm'],
    ['strided.pth', 'timm'],
  ])('reads %s', async (name, format) => {
    const loaded = await loadWeights([fixture(name)], { heads: 2 });
    await expectModel(loaded);
    expect(loaded.format).toBe(format);
  });

  it('reads MAE in half precision, its decoder left aside', async () => {
    const loaded = await loadWeights([fixture('mae-half.pth')], { heads: 2 });
    await expectModel(loaded, backboneOnly());
    expect(loaded).toMatchObject({ format: 'MAE', unused: ['mask_token', 'decoder_pos_embed'] });
  });

  it("reads MoCo's trained encoder, not its momentum copy", async () => {
    const loaded = await loadWeights([fixture('moco.pth')], { heads: 2 });
    await expectModel(loaded, backboneOnly());
    expect(loaded.format).toBe('MoCo v3');
  });

  it("reads PYRA's own checkpoint, and infers the run from its shapes", async () => {
    const loaded = await loadWeights([fixture('pyra-checkpoint.pth')], { heads: 2 });
    expect(loaded).toMatchObject({
      format: 'PYRA checkpoint',
      unused: [],
      adapted: {
        schedule: [1, 1],
        classes: ['class 0', 'class 1', 'class 2'],
        configuration: { method: 'pyra', peft: 'lora', loraRank: 2 },
      },
    });
    const trained = await readTrained(loaded);
    expect(trained.get('blocks.1.attn.LoRA_b.weight')).toEqual(fill([3 * D, 2], 111));
    expect(trained.get('blocks.0.pyra_b')).toEqual(fill([1, D], 130));
    expect([...trained.keys()].some((name) => name.includes('qkv'))).toBe(false);
  });
});
