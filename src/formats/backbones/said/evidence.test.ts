import { expect, it } from 'vitest';
import { byteSourceFromBytes, writeSafetensors } from '../../../containers/safetensors/safetensors.js';
import { model } from '../../fixtures/model.js';
import { loadWeights, type ArchitectureOverrides } from '../weights.js';

const tensors = (name: string, metadata: Record<string, string> = {}) =>
  byteSourceFromBytes(name, writeSafetensors(model(), { num_heads: '2', ...metadata }));
const json = (name: string, value: unknown) => byteSourceFromBytes(name, new TextEncoder().encode(JSON.stringify(value)));
const statistics = (mean: number) => ({ mean: [mean, mean, mean], std: [1, 1, 1] });

/** From the weakest to the strongest: each is added to those before it. */
const EVIDENCE = [
  { what: 'the file’s name', mean: 0.485, name: 'deit_tiny.safetensors' },
  {
    what: 'training arguments',
    mean: 0.2,
    metadata: { 'args.model': 'vit_tiny', 'args.mean': '[0.2,0.2,0.2]', 'args.std': '[1,1,1]' },
  },
  { what: 'the file’s metadata', mean: 0.3, metadata: { mean: '0.3,0.3,0.3', std: '1,1,1' } },
  {
    what: 'timm’s configuration',
    mean: 0.4,
    file: json('config.json', { architecture: 'vit_tiny', pretrained_cfg: statistics(0.4) }),
  },
  {
    what: 'the processor',
    mean: 0.6,
    file: json('preprocessor_config.json', { do_normalize: true, image_mean: [0.6, 0.6, 0.6], image_std: [1, 1, 1] }),
  },
  { what: 'what was asked for', mean: 0.7, asked: { mean: [0.7, 0.7, 0.7], std: [1, 1, 1] } satisfies ArchitectureOverrides },
];

it.each(EVIDENCE.map(({ what, mean }, index) => [what, mean, index] as const))(
  'how pixels are normalised: %s counts before all that is weaker',
  async (_, mean, index) => {
    const there = EVIDENCE.slice(0, index + 1);
    const name = there.find((evidence) => evidence.name)?.name ?? '';
    const metadata = Object.assign({}, ...there.map((evidence) => evidence.metadata ?? {})) as Record<string, string>;
    const files = there.flatMap((evidence) => evidence.file ?? []);
    const asked = there.flatMap((evidence) => evidence.asked ?? [])[0] ?? {};
    const loaded = await loadWeights([tensors(name, metadata), ...files], asked);
    expect(loaded.architecture?.mean[0]).toBe(mean);
    expect(loaded.guesses).toEqual([]);
  },
);

it.each([
  [
    { size: { shortest_edge: 256 }, crop_size: { height: 224, width: 224 }, do_center_crop: true, resample: 3 },
    'shortest-edge',
    0.875,
    'bicubic',
  ],
  [{ size: { height: 256, width: 256 }, crop_size: 224, do_center_crop: true, resample: 2 }, 'stretch', 0.875, 'bilinear'],
  [{ size: 224, do_center_crop: false, crop_size: 112, resample: 1 }, 'stretch', 1, 'lanczos'],
  [
    { image_processor_type: 'ConvNextImageProcessor', size: { shortest_edge: 224 }, crop_pct: 0.875, resample: 3 },
    'shortest-edge',
    0.875,
    'bicubic',
  ],
  [
    {
      ...{ image_processor_type: 'LevitImageProcessor', size: { shortest_edge: 224 }, resample: 3 },
      ...{ crop_size: { height: 224, width: 224 }, do_center_crop: true },
    },
    'shortest-edge',
    0.875,
    'bicubic',
  ],
] as const)('a picture becomes a square as the processor says: %o', async (said, fit, share, resampling) => {
  const processor = json('preprocessor_config.json', { image_processor_type: 'DeiTImageProcessor', ...said });
  const loaded = await loadWeights([tensors('m.safetensors'), processor]);
  expect(loaded.architecture?.framing).toEqual({ side: 224, fit, share, resampling });
});

it.each(['do_flip_channel_order', 'include_top'])('a processor that changes every pixel besides is refused: %s', async (step) => {
  const processor = json('preprocessor_config.json', {
    image_processor_type: 'MobileViTImageProcessor',
    size: 224,
    [step]: true,
  });
  await expect(loadWeights([tensors('m.safetensors'), processor])).rejects.toMatchObject({
    code: 'weights.unsupported-architecture',
    message: expect.stringContaining(step),
  });
});
