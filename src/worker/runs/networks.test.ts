import { expect, it } from 'vitest';
import { fingerprintOfWeights } from '../../formats/backbones/fingerprint.js';
import type { AdaptedMetadata } from '../../formats/types.js';
import { Fixtures } from '../../testing/fixtures.js';
import { MeanPixelNetwork } from '../../testing/mean-pixel-network.js';
import { fakeRun } from '../../testing/page/fake-api.js';
import { smallBackbone } from '../../testing/page/small-backbone.js';
import { SMALL_ARCHITECTURE } from '../../testing/small-architecture.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { weightsOf } from './networks.js';

const metadata: AdaptedMetadata = {
  ...{ version: 1, configuration: PAPER_RECIPE, architecture: SMALL_ARCHITECTURE, classes: ['a', 'b'], schedule: [0] },
  accuracy: { validation: null, test: null },
};
const backbone = {
  names: () => ['cls_token'],
  shape: () => [16],
  read: async () => ({ shape: [16], data: Float32Array.from(new Fixtures(1).normal(16)) }),
};

const open = async (more: object, epochs = 1) => {
  const trained = await new MeanPixelNetwork({ side: 8, classes: 2 }).readTrained();
  const sources = {
    runs: { weights: async () => ({ metadata, trained }) },
    models: { requireFor: async () => smallBackbone(backbone) },
  };
  return weightsOf(sources, { ...fakeRun('mine', PAPER_RECIPE, 'finished', epochs), ...more });
};

const earlier = /^mine: was trained on the backbone that an earlier version bundled/;

it('a run on another bundled backbone than this version’s is refused, by its fingerprint or else by its age', async () => {
  const own = await fingerprintOfWeights(backbone);
  await expect(open({ backboneFingerprint: own, numerics: undefined })).resolves.toMatchObject({ metadata });
  await expect(open({ backboneFingerprint: '0'.repeat(32) })).rejects.toThrow(earlier);
  await expect(open({})).resolves.toMatchObject({ metadata });
  await expect(open({ numerics: undefined })).rejects.toThrow(earlier);
});

it('weights that came as a file alone, or on a backbone of a name of its own, are not', async () => {
  await expect(open({ numerics: undefined }, 0)).resolves.toMatchObject({ metadata });
  const configuration = { ...PAPER_RECIPE, model: 'vit.safetensors' };
  await expect(open({ numerics: undefined, configuration })).resolves.toMatchObject({ metadata });
});
