import { describe, expect, it } from 'vitest';
import { byteSourceFromBytes } from '../containers/sources.js';
import { framePicture } from '../data/pictures/resize.js';
import type { Picture } from '../data/types.js';
import { createNetwork } from '../engine/model/network.js';
import { predictPictures } from '../engine/training/prediction.js';
import { setUpAdapted } from '../engine/training/setup.js';
import { exportModel } from '../formats/exports/index.js';
import { PAGE_WEIGHTS } from '../formats/exports/files.js';
import type { AdaptedModel } from '../formats/types.js';
import { goldenModel } from '../testing/adapted-model.js';
import { Fixtures } from '../testing/fixtures.js';
import { GOLDEN_NAMES, readGolden } from '../testing/golden.js';
import { BUILDS, testCpu } from '../testing/machines/cpu.js';
import { Classifier } from './classifier.js';

/** The file of weights beside the exported page. */
async function weightsOf(model: AdaptedModel) {
  const files = await exportModel(model, 'page', { builtPage: async () => [] });
  expect(files.map(({ name }) => name)).toEqual([PAGE_WEIGHTS, 'README.md']);
  return byteSourceFromBytes(PAGE_WEIGHTS, files[0]!.bytes);
}

function pictures(count: number): Picture[] {
  const random = new Fixtures(11);
  return Array.from({ length: count }, (_, index) => {
    const [width, height] = [20 + 3 * index, 31];
    const data = Uint8Array.from({ length: width * height * 4 }, (_byte, at) => (at % 4 === 3 ? 255 : 256 * random.next()));
    return { width, height, data };
  });
}

it('has the measured accuracy of the run, and none if it was not measured', async () => {
  const machine = await testCpu('cpu-simd');
  const model = goldenModel(await readGolden('tome_lora'));
  const measured = { part: 'test', images: 40, right: 31, mostFrequent: 12 } as const;
  const files = await exportModel(model, 'page', { builtPage: async () => [], measured });
  const classifier = await Classifier.open(machine, byteSourceFromBytes(PAGE_WEIGHTS, files[0]!.bytes));
  expect(classifier.measured).toEqual(measured);
  classifier.destroy();
  const silent = await Classifier.open(machine, await weightsOf(model));
  expect(silent.measured).toBeNull();
  silent.destroy();
});

describe.each(GOLDEN_NAMES)('the exported page on %s', async (name) => {
  const model = goldenModel(await readGolden(name));

  it.each(BUILDS)('gives the same answers as predict with the same weights, to the last bit (%s)', async (build) => {
    const given = pictures(4);
    const machine = await testCpu(build);
    const { architecture, options } = setUpAdapted(model.metadata);
    const network = await createNetwork(machine, architecture, model.backbone, options);
    network.writeTrained(model.trained);
    const framed = { side: options.imageSize, framing: architecture.framing };
    const named = given.map((picture, index) => ({
      name: `picture ${index}`,
      pixels: async () => framePicture(picture, framed.side, framed.framing),
    }));
    const classifier = await Classifier.open(machine, await weightsOf(model));
    const said: { label: number; confidence: number }[] = [];
    for await (const found of predictPictures(await network.evaluator(1), named, framed)) {
      if (found.kind === 'prediction') said.push(found.prediction);
    }
    expect(said).toHaveLength(given.length);
    for (const [index, picture] of given.entries()) {
      const { label, probabilities, map } = await classifier.classify(picture);
      expect(label).toBe(said[index]!.label);
      expect(probabilities[label]).toBe(Math.fround(said[index]!.confidence));
      expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
      const merged = model.metadata.configuration.method === 'none' ? 0 : model.metadata.schedule.reduce((sum, r) => sum + r, 0);
      expect(map.blocks.at(-1)!.tokens).toBe(map.gridSide ** 2 + map.protectedTokens - merged);
    }
    classifier.destroy();
    network.destroy();
    machine.destroy();
  });
});

it('refuses another file and names what it lacks', async () => {
  const model = goldenModel(await readGolden('pyra_lora'));
  const [file] = await exportModel(model, 'timm');
  const opening = Classifier.open(await testCpu('cpu-simd'), byteSourceFromBytes('model.safetensors', file!.bytes));
  await expect(opening).rejects.toMatchObject({ code: expect.stringMatching(/^(weights|file)\./) });
});

it('needs a built page to be exported with', async () => {
  const model = goldenModel(await readGolden('pyra_lora'));
  await expect(exportModel(model, 'page')).rejects.toMatchObject({ code: 'option.invalid' });
});
