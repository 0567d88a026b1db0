import { describe, expect, it } from 'vitest';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { plainArchitecture } from '../../vit/architecture.js';
import { expectedTrained, parseAdapted, writeAdapted } from './adapted.js';
import { fill } from '../fixtures/model.js';
import { byteSourceFromBytes, openSafetensors, writeSafetensors } from '../../containers/safetensors/safetensors.js';
import type { AdaptedMetadata } from '../types.js';
import type { NamedTensor } from '../../containers/tensors.js';

const metadata: AdaptedMetadata = {
  version: 1,
  configuration: { ...PAPER_RECIPE, method: 'pyra', peft: 'both', loraRank: 2, adapterWidth: 3, schedule: '2,0' },
  architecture: plainArchitecture({ imageSize: 16, patchSize: 4, embedDim: 8, depth: 2, heads: 2 }),
  classes: ['cat', 'dog', 'ïbex'],
  schedule: [2, 0],
  accuracy: { validation: 0.75, test: null },
};

const trained = (): Map<string, NamedTensor> =>
  new Map([...expectedTrained(metadata)].map(([name, { shape }], t) => [name, fill(shape, t)]));
const parse = (bytes: Uint8Array) => parseAdapted(byteSourceFromBytes('adapted.safetensors', bytes));

describe('adapted weights', () => {
  it('come back as they were written', async () => {
    const parsed = await parse(writeAdapted(metadata, trained()));
    expect(parsed.metadata).toEqual(metadata);
    expect([...parsed.trained].sort()).toEqual([...trained()].sort());
  });

  it('have the same bytes whatever the order of keys', () => {
    const { version, ...rest } = metadata;
    const reordered = { ...rest, configuration: { ...PAPER_RECIPE, ...metadata.configuration }, version };
    expect(writeAdapted(reordered, new Map([...trained()].reverse()))).toEqual(writeAdapted(metadata, trained()));
  });

  it("stand under the authors' names", () => {
    expect([...expectedTrained(metadata).keys()].filter((name) => !name.startsWith('blocks.1')).sort()).toEqual([
      'blocks.0.adapter.ln1.bias',
      'blocks.0.adapter.ln1.weight',
      'blocks.0.adapter.ln2.bias',
      'blocks.0.adapter.ln2.weight',
      'blocks.0.attn.LoRA_a.weight',
      'blocks.0.attn.LoRA_b.weight',
      'blocks.0.pyra_a',
      'blocks.0.pyra_b',
      'blocks.0.pyra_norm.bias',
      'blocks.0.pyra_norm.weight',
      'head.bias',
      'head.weight',
    ]);
  });

  it('are refused by name where a tensor is missing or has a wrong shape', async () => {
    for (const name of trained().keys()) {
      const fewer = trained();
      fewer.delete(name);
      await expect(parse(writeAdapted(metadata, fewer)), name).rejects.toMatchObject({
        code: 'weights.missing-tensor',
        subject: name,
      });
      const odd = trained().set(name, fill([5, 5], 0));
      await expect(parse(writeAdapted(metadata, odd)), name).rejects.toMatchObject({
        code: 'weights.wrong-shape',
        subject: name,
      });
    }
  });

  const withText = (text: string) => writeSafetensors(trained(), { pyra_playground: text });
  it.each<[string, Uint8Array, string, RegExp]>([
    ['no metadata of ours', writeSafetensors(trained(), {}), 'file.unsupported', /no adapted weights/],
    ['metadata that is no JSON', withText('{'), 'file.damaged', /no valid JSON/],
    [
      'metadata without a configuration',
      withText(JSON.stringify({ ...metadata, configuration: {} })),
      'file.damaged',
      /'configuration\./,
    ],
    ['a later version', withText(JSON.stringify({ ...metadata, version: 2 })), 'file.unsupported', /version 2/],
    [
      'a schedule of another length',
      withText(JSON.stringify({ ...metadata, schedule: [1] })),
      'file.damaged',
      /1 numbers for 2 blocks/,
    ],
  ])('are refused with %s', async (_, bytes, code, message) => {
    await expect(parse(bytes)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('say that they are for PyTorch too', async () => {
    const file = await openSafetensors(byteSourceFromBytes('a', writeAdapted(metadata, trained())));
    expect(file.metadata['format']).toBe('pt');
  });
});
