/** Names that wrappers and scripts give a model's tensors. */
import { describe, expect, it } from 'vitest';
import { byteSourceFromBytes } from '../../../containers/sources.js';
import { D, fill, fixture, model } from '../../fixtures/model.js';
import { backboneOnly, expectModel, file, with_, type Tensors } from '../../fixtures/tensors.js';
import { loadWeights } from '../weights.js';

const renamed = (tensors: Tensors, rename: (name: string) => string): Tensors =>
  new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]));
const inBlocks = (wrapper: string) => (name: string) => name.replace(/^(blocks\.\d+\.)/, `$1${wrapper}.`);

describe('names inside blocks', () => {
  it.each<[string, (name: string) => string]>([
    ['of compiled blocks', inBlocks('_orig_mod')],
    ['of checkpointed blocks', inBlocks('_checkpoint_wrapped_module')],
    ['of sharded blocks', (name) => `_fsdp_wrapped_module.${inBlocks('_fsdp_wrapped_module')(name)}`],
    ['of chunks of blocks', (name) => name.replace(/^blocks\.(\d+)\./, 'blocks.0.$1.')],
  ])('%s are those of the bare model', async (_, rename) => {
    await expectModel(await loadWeights([file(renamed(model(), rename))], { heads: 2 }));
  });

  it('that two tensors would share stay as they are', async () => {
    const twice = with_((t) => void t.set('blocks.0._orig_mod.norm1.weight', fill([D], 3)));
    await expect(loadWeights([file(twice)], { heads: 2 })).rejects.toThrow('blocks.0._orig_mod.norm1.weight');
  });
});

describe('a head behind the model', () => {
  const behind = (prefix: string, head: Readonly<Record<string, readonly number[]>>): Tensors => {
    const named = renamed(backboneOnly(), (name) => prefix + name);
    for (const [name, shape] of Object.entries(head)) named.set(name, fill([...shape], 1));
    return named;
  };

  it.each([
    ['vit.', 'linear'],
    ['net.', 'classification_head'],
    ['0.', '1'],
    ['0.model.', '2'],
  ])('of %s is the linear layer %s', async (prefix, name) => {
    const loaded = await loadWeights([file(behind(prefix, { [`${name}.weight`]: [5, D], [`${name}.bias`]: [5] }))], { heads: 2 });
    expect(await loaded.reader.read('head.weight')).toEqual(fill([5, D], 1));
    expect(loaded.unused).toEqual([]);
  });

  it('of several layers is left out with the reason, and another model of a list is no head', async () => {
    const layers = { 'mlp_head.0.weight': [7, D], 'mlp_head.0.bias': [7], 'mlp_head.2.weight': [5, 7], 'mlp_head.2.bias': [5] };
    expect((await loadWeights([file(behind('vit.', layers))], { heads: 2 })).headless).toBe('its head is no single linear layer');
    const two = new Map([...renamed(backboneOnly(), (name) => `0.${name}`), ...renamed(backboneOnly(), (name) => `1.${name}`)]);
    expect((await loadWeights([file(two)], { heads: 2 })).headless).toBeUndefined();
  });
});

it('a file as torch.save wrote it before 1.6 is read in a newer protocol of pickle too', async () => {
  const legacy = fixture('legacy.pth');
  const bytes = await legacy.read(0, legacy.size);
  const framed = Uint8Array.from([0x80, 4, 0x95, 13, 0, 0, 0, 0, 0, 0, 0, ...bytes.subarray(2)]);
  await expectModel(await loadWeights([byteSourceFromBytes('m.pth', framed)], { heads: 2 }));
});
