import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedTrained, writeAdapted } from '../../formats/adapted/adapted.js';
import { D, fill, model } from '../../formats/fixtures/model.js';
import { openArchive } from '../../containers/zip-archive.js';
import { openSafetensors } from '../../containers/safetensors/safetensors.js';
import type { AdaptedMetadata } from '../../formats/types.js';
import type { NamedTensor } from '../../containers/tensors.js';
import { loadWeights, readTrained } from '../../formats/backbones/weights.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { WHOLE_PICTURE } from '../../vit/framing.js';
import { pyraWithoutMachine as pyra } from '../../testing/command-line.js';
import { byteSourceFromPath } from '../inputs/files.js';
import { byteSourcesFromPath } from '../inputs/folders.js';

const fixtures = fileURLToPath(new URL('../../formats/fixtures', import.meta.url));
let folder = '';
let run = '';
let npz = '';

/** A run on the AugReg fixture's backbone: PYRA, LoRA and adapter. */
const METADATA: AdaptedMetadata = {
  version: 1,
  configuration: { ...PAPER_RECIPE, model: 'augreg.npz', data: 'cats', imageSize: 8, peft: 'both', loraRank: 2, adapterWidth: 3 },
  architecture: {
    ...{
      imageSize: 8,
      patchSize: 4,
      embedDim: D,
      depth: 2,
      heads: 2,
      mlpHidden: 12,
      distilled: false,
      registers: 0,
      antialiasedPositions: false,
      framing: WHOLE_PICTURE,
      layerNormEpsilon: 1e-6,
    },
    ...{ mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  },
  classes: ['cat', 'dog', 'ibex', 'yak'],
  schedule: [2, 0],
  accuracy: { validation: 0.75, test: null },
};
const trained = (): Map<string, NamedTensor> =>
  new Map([...expectedTrained(METADATA)].map(([name, { shape }], t) => [name, fill(shape, t)]));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-export-'));
  run = join(folder, 'run');
  npz = join(folder, 'augreg.npz');
  await mkdir(run);
  await writeFile(join(run, 'adapted.safetensors'), writeAdapted(METADATA, trained()));
  await writeFile(join(run, 'run.json'), '{}');
  await copyFile(join(fixtures, 'augreg.npz'), npz);
});
afterAll(() => rm(folder, { recursive: true }));

async function refuses(args: readonly string[], sentence: string | RegExp): Promise<void> {
  const { code, output, errors } = await pyra(...args);
  expect(errors).toMatch(sentence);
  expect(errors.trimEnd().split('\n')).toHaveLength(1);
  expect({ code, output }).toEqual({ code: 2, output: '' });
}

describe('export', () => {
  it.each([
    ['onnx', ['model.onnx']],
    ['timm', ['model.safetensors', 'config.json', 'pyra/pyra.safetensors', 'README.md']],
    ['transformers-js', ['onnx/model.onnx', 'config.json', 'preprocessor_config.json', 'README.md']],
    ['peft-timm', ['adapter_config.json', 'adapter_model.safetensors', 'pyra.safetensors', 'README.md']],
    ['peft-hf', ['adapter_config.json', 'adapter_model.safetensors', 'pyra.safetensors', 'README.md']],
    ['pyra', ['adapted.safetensors']],
    ['page', ['cpu-relaxed.wasm', 'cpu-simd.wasm', 'index.html', 'page.js', 'weights.safetensors', 'README.md']],
  ])('writes %s beside the run, and not over it', async (format, names) => {
    const result = await pyra('export', run, '--to', format, '--model', npz);
    expect(result).toMatchObject({ code: 0, errors: '' });
    for (const name of names) expect(result.output).toContain(`Wrote ${join(`${run}-${format}`, name)} (`);
    const first = join(`${run}-${format}`, names[0]!);
    const before = await readFile(first);
    await writeFile(first, 'mine');
    await refuses(['export', run, '--to', format, '--model', npz], `--out: '${first}' is there already; --force writes over it`);
    expect(await readFile(first, 'utf8')).toBe('mine');
    expect((await pyra('export', run, '--to', format, '--model', npz, '--force')).code).toBe(0);
    expect((await readFile(first)).equals(before)).toBe(true);
  });

  it('writes what is read back, and exports that again', async () => {
    const again = join(folder, 'again.safetensors');
    const directory = `${run}-peft-hf`;
    expect(await pyra('export', directory, '--to', 'pyra', '--model', npz, '--out', again)).toMatchObject({
      code: 0,
      errors: '',
    });
    const loaded = await loadWeights([await byteSourceFromPath(again)]);
    expect(loaded.adapted).toEqual(METADATA);
    expect([...(await readTrained(loaded))].sort()).toEqual([...trained()].sort());
    const timm = await loadWeights(await byteSourcesFromPath(`${run}-timm`));
    expect(timm.adapted).toMatchObject({ classes: METADATA.classes, schedule: [2, 0], configuration: { peft: 'adapter' } });
    const onnx = await pyra('inspect', join(`${run}-onnx`, 'model.onnx'));
    expect(onnx).toMatchObject({ code: 0, errors: '', output: expect.stringContaining('schedule: [2,0]') });
    for (const place of [again, directory, `${run}-timm`]) {
      expect(await pyra('inspect', place), place).toMatchObject({
        code: 0,
        errors: '',
        output: expect.stringContaining('4 classes'),
      });
    }
  });

  it('packs a folder as one zip where --out says so', async () => {
    const zip = join(folder, 'mine.zip');
    expect((await pyra('export', run, '--to', 'timm', '--model', npz, '--out', zip)).output).toMatch(/^Wrote .*mine\.zip \(/);
    expect([...(await openArchive(await byteSourceFromPath(zip))).entries.keys()]).toEqual([
      'model.safetensors',
      'config.json',
      'pyra/pyra.safetensors',
      'README.md',
    ]);
  });

  it('prints one JSON value for machines', async () => {
    const { output } = await pyra(
      'export',
      run,
      '--to',
      'pyra',
      '--model',
      npz,
      '--out',
      join(folder, 'j.safetensors'),
      '--json',
    );
    expect(JSON.parse(output)).toEqual({
      format: 'pyra',
      files: [{ file: join(folder, 'j.safetensors'), bytes: (await readFile(join(folder, 'j.safetensors'))).length }],
    });
  });

  it.each<[string, () => string[], string | RegExp]>([
    ['no run', () => ['export'], 'export: no run was given'],
    ['two runs', () => ['export', 'a', 'b'], "'b' was given too"],
    [
      'no format',
      () => ['export', run],
      'export: --to is missing; it is one of pyra, timm, hf, peft-timm, peft-hf, transformers-js, onnx, page',
    ],
    ['another format', () => ['export', run, '--to', 'coreml'], "--to is 'coreml', expected one of"],
    ['a run that is not there', () => ['export', '/nowhere', '--to', 'onnx'], '/nowhere: there is no such file or folder'],
    ['no backbone', () => ['export', run, '--to', 'onnx'], /was trained on 'augreg.npz'; give that backbone with --model/],
    [
      'another backbone',
      () => ['export', run, '--to', 'timm', '--model', 'public/models/photo-formula-vit.safetensors'],
      /was trained on a backbone with imageSize 8, and the one that is given has 96/,
    ],
    ['a backbone alone', () => ['export', npz, '--to', 'onnx'], /holds a backbone that was not adapted/],
  ])('refuses %s', (_, args, sentence) => refuses(args(), sentence));
});

describe('convert', () => {
  async function tensorsOf(path: string): Promise<Map<string, NamedTensor>> {
    const { reader } = await loadWeights(await byteSourcesFromPath(path));
    const tensors = new Map<string, NamedTensor>();
    for (const name of reader.names()) tensors.set(name, await reader.read(name));
    return tensors;
  }

  it.each([
    ['augreg.npz', 'timm', 'f32'],
    ['big-vision-stacked-deflated.npz', 'timm', 'f16'],
    ['mae-half.pth', 'timm', 'f32'],
    ['augreg-deflated.npz', 'hf', 'f32'],
    ['augreg.npz', 'hf', 'f16'],
  ])('turns %s into %s, %s, with the same numbers', async (file, format, dtype) => {
    const out = join(folder, `${file}-${format}-${dtype}`);
    const source = join(fixtures, file);
    const result = await pyra('convert', source, '--to', format, '--dtype', dtype, '--out', out, '--heads', '2');
    expect(result).toMatchObject({
      code: 0,
      errors: '',
      output: expect.stringContaining(`Wrote ${join(out, 'model.safetensors')}`),
    });
    const loaded = await loadWeights(await byteSourcesFromPath(out));
    const original = await loadWeights([await byteSourceFromPath(source)], { heads: 2 });
    // What was written says how large its pictures are, and its library carries positions in its own way.
    expect(loaded.architecture).toEqual({
      ...original.architecture,
      antialiasedPositions: format === 'timm',
      framing: { ...WHOLE_PICTURE, side: 8 },
    });
    expect(loaded.unused).toEqual([]);
    // The fixtures' numbers are multiples of 1/64, which half precision holds; big_vision has no position for the class token.
    const expected = model();
    if (file.startsWith('big-vision')) expected.get('pos_embed')!.data.fill(0, 0, D);
    const found = await tensorsOf(out);
    for (const [name, { shape, data }] of found) {
      expect(shape, name).toEqual(expected.get(name)!.shape);
      expect([...data], name).toEqual([...expected.get(name)!.data]);
    }
    expect([...found.keys()].sort()).toEqual([...original.reader.names()].sort());
    const stored = await openSafetensors(await byteSourceFromPath(join(out, 'model.safetensors')));
    expect(new Set([...stored.tensors.values()].map(({ type }) => type))).toEqual(new Set([dtype.toUpperCase()]));
  });

  it('turns a classifier into ONNX that merges tokens, which says so', async () => {
    const out = join(folder, 'merging.onnx');
    const source = join(fixtures, 'augreg.npz');
    const result = await pyra('convert', source, '--to', 'onnx', '--schedule', '1,0', '--heads', '2', '--out', out);
    expect(result).toMatchObject({ code: 0, errors: '', output: expect.stringContaining(`Wrote ${out}`) });
    const described = await pyra('inspect', out);
    expect(described.output).toContain('schedule: [1,0]');
    expect(described.output).toContain('method: tome');
  });

  it('writes beside the file where no place is given, and not over it', async () => {
    const out = join(folder, 'augreg-timm');
    expect((await pyra('convert', npz)).code).toBe(0);
    expect(existsSync(join(out, 'model.safetensors'))).toBe(true);
    await refuses(['convert', npz], 'is there already; --force writes over it');
    expect((await pyra('convert', npz, '--force')).code).toBe(0);
  });

  it.each<[string, () => string[], string | RegExp]>([
    ['no file', () => ['convert'], 'convert: no file or folder was given'],
    ['another type', () => ['convert', npz, '--dtype', 'int8'], "--dtype is 'int8', expected one of f32, f16"],
    ['what holds no weights', () => ['convert', 'package.json'], 'package.json'],
    ['a schedule that nothing would follow', () => ['convert', npz, '--schedule', 'low'], '--schedule: changes nothing in timm'],
    [
      'a type that nothing would have',
      () => ['convert', npz, '--to', 'onnx', '--dtype', 'f16'],
      '--dtype: changes nothing in onnx',
    ],
    [
      'as ONNX what was adapted',
      () => ['convert', join(fixtures, 'pyra-checkpoint.pth'), '--to', 'onnx', '--heads', '2'],
      'has adapted weights, so it is not an unadapted classifier',
    ],
    ['adapted weights alone', () => ['convert', run], /two|backbone|export/],
    [
      'PYRA’s weights under names that know none',
      () => ['convert', join(fixtures, 'pyra-checkpoint.pth'), '--to', 'hf', '--heads', '2'],
      /tensor 'blocks\.0\.pyra_a' has no name in transformers/,
    ],
  ])('refuses %s', (_, args, sentence) => refuses(args(), sentence));
});
