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

const text = (name: string, json: string) => byteSourceFromBytes(name, new TextEncoder().encode(json));

it.each([
  ['behind a byte order mark', '\ufeff{"model_type":"vit","hidden_size":8,"num_attention_heads":4}'],
  [
    'with NaN and Infinity, as Python writes them',
    '{"model_type":"vit","a":NaN,"b":[-Infinity],"num_attention_heads":4,"NaN":"NaN"}',
  ],
])('a configuration is read %s', async (_, json) => {
  const { architecture } = await loadWeights([tensors('m.safetensors'), text('config.json', json)]);
  expect(architecture?.heads).toBe(4);
});

it('timm’s older configuration has the crop and the labels in other places', async () => {
  const older = {
    architecture: 'vit_tiny',
    ...statistics(0.4),
    crop_pct: 0.875,
    interpolation: 'bilinear',
    labels: ['a', 'b', 'c'],
  };
  const loaded = await loadWeights([tensors('m.safetensors'), json('config.json', older)]);
  expect(loaded.labels).toEqual(['a', 'b', 'c']);
  expect(loaded.architecture?.framing).toMatchObject({ share: 0.875, resampling: 'bilinear', fit: 'shortest-edge' });
});

it.each([
  [
    'a training script that pooled by the mean',
    { 'args.model': 'vit_base_patch16', 'args.global_pool': 'true' },
    /pools by 'avg'/,
  ],
  ['timm’s training script', { 'args.model': 'vit_base_patch16_224', 'args.gp': 'avg' }, /pools by 'avg'/],
  ['a name of timm’s with the pooling in it', { arch: 'vit_medium_patch16_gap_240' }, /pools by 'avg'/],
])('mean pooling is refused as %s says it', async (_, metadata, message) => {
  await expect(loadWeights([tensors('m.safetensors', metadata)])).rejects.toThrow(message);
});

it('a switch for mean pooling that is off, and a plain network of 36 blocks by its name, change nothing', async () => {
  await loadWeights([tensors('m.safetensors', { 'args.model': 'vit_small_patch16_36x1_224', 'args.global_pool': 'false' })]);
});

it('a processor with statistics for other channels than red, green and blue is refused in words', async () => {
  const grey = json('preprocessor_config.json', { do_normalize: true, image_mean: [0.5], image_std: [0.5] });
  await expect(loadWeights([tensors('m.safetensors'), grey])).rejects.toThrow(
    'one for each of red, green and blue, was expected',
  );
});

it('a configuration that says how the weights were quantised is refused by that', async () => {
  const quantised = json('config.json', {
    model_type: 'vit',
    quantization_config: { quant_method: 'bitsandbytes', load_in_8bit: true },
  });
  await expect(loadWeights([tensors('m.safetensors'), quantised])).rejects.toThrow(
    /quantised by bitsandbytes \(quantization_config\)/,
  );
});
