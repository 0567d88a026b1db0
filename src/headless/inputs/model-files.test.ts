import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseAdapted } from '../../formats/adapted/adapted.js';
import { runSchema } from '../../protocol/runs/run.js';
import { pyra } from '../../testing/command-line.js';
import { LocalHub } from '../../testing/local-hub.js';
import { byteSourceFromPath } from './files.js';

const BACKBONE = 'public/models/photo-formula-vit.safetensors';

let folder = '';
let hub: LocalHub;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-model-files-'));
  hub = new LocalHub({ 'model.safetensors': await readFile(BACKBONE) });
  await hub.start();
  vi.stubEnv('XDG_CACHE_HOME', folder);
  vi.stubEnv('HF_ENDPOINT', hub.origin);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
  await rm(folder, { recursive: true });
});

const filesAsked = (): string[] => hub.asked.map(({ path }) => path).filter((path) => path.startsWith('/cdn/'));

describe('a model that is not on this machine', () => {
  it('is fetched from the hub with a line of progress, and kept', async () => {
    const first = await pyra(['inspect', 'owner/name']);
    expect(first).toMatchObject({ code: 0, errors: '', output: expect.stringContaining('12 blocks, 96 channels, 3 heads') });
    const [line, progress] = first.output.split('\n');
    expect(line).toBe(`There is no file or folder 'owner/name' here; asking ${hub.origin} for it`);
    expect(progress).toMatch(/^Fetching model\.safetensors: 0 bytes of [\d.]+ MB$/);
    const kept = await readdir(join(folder, 'pyra-playground', 'models'));
    // The hub's list of files, and the weights.
    expect(kept.map((name) => name.replace(/^\w{32}/, '')).sort()).toEqual(['.json', '.json', '.part', '.part']);
    const again = await pyra(['inspect', 'owner/name']);
    expect(again.output).not.toContain('Fetching');
    expect(filesAsked()).toEqual(['/cdn/model.safetensors']);
  });

  it('is fetched by its address, and goes on where the connection was cut', async () => {
    hub.cuts = 1;
    hub.cutAfter = 5000;
    const { code, output } = await pyra(['inspect', `${hub.origin}/cdn/model.safetensors`, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ kind: 'weights' });
    expect(hub.asked.map(({ range }) => range)).toEqual(['bytes=0-', 'bytes=5000-']);
  });

  it('is a backbone to adapt, to measure, to export and to convert', async () => {
    const out = join(folder, 'run');
    const drawn = ['--data', 'task:texture', '--peft', 'linear', '--method', 'none', '--image-size', '16', '--epochs', '1'];
    const adapted = await pyra(['adapt', '--model', 'owner/name@main', ...drawn, '--out', out]);
    expect(adapted).toMatchObject({ code: 0, errors: '' });
    const record = runSchema.parse(JSON.parse(await readFile(join(out, 'run.json'), 'utf8')));
    expect(record.configuration.model).toBe('owner/name@main');
    // The run's folder knows where its backbone came from.
    expect(await pyra(['export', out, '--to', 'pyra'])).toMatchObject({ code: 0, errors: '' });
    expect((await pyra(['evaluate', '--weights', out])).code).toBe(0);
    await rm(join(out, 'local.json'));
    const bare = await pyra(['export', out, '--to', 'pyra', '--force']);
    expect(bare.errors).toContain("was trained on 'owner/name@main'; give that backbone with --model");
    expect((await pyra(['export', out, '--to', 'pyra', '--force', '--model', 'owner/name'])).code).toBe(0);
    expect((await pyra(['convert', 'owner/name', '--out', join(folder, 'converted')])).code).toBe(0);
    expect(filesAsked()).toEqual(['/cdn/model.safetensors']);
  });

  it('is understood as a person says, and its run says so', async () => {
    const out = join(folder, 'run');
    const said = ['--heads', '6', '--mean', '0.4,0.5,0.6', '--std', '0.2,0.3,0.4'];
    const drawn = ['--data', 'task:texture', '--peft', 'linear', '--method', 'none', '--image-size', '16', '--epochs', '1'];
    expect((await pyra(['adapt', '--model', 'owner/name', ...said, ...drawn, '--out', out])).code).toBe(0);
    const record = runSchema.parse(JSON.parse(await readFile(join(out, 'run.json'), 'utf8')));
    const answers = { heads: 6, mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.4] };
    expect(record.configuration).toMatchObject(answers);
    const { metadata } = await parseAdapted(await byteSourceFromPath(join(out, 'adapted.safetensors')));
    expect(metadata.configuration).toMatchObject(answers);
    expect(metadata.architecture).toMatchObject(answers);
    // It need not be stated again.
    const measured = await pyra(['evaluate', '--weights', out, '--model', 'owner/name', '--json']);
    expect(JSON.parse(measured.output)).toMatchObject({ evaluation: { accuracy: record.test?.accuracy } });
  });

  it.each<[string, string, RegExp]>([
    ['a private one', 'owner/private', /^owner\/private: 127\.0\.0\.1:\d+ wants to know who asks \(401\); .*private or gated/],
    ['one that there is not', 'nobody/name', /^nobody\/name: 127\.0\.0\.1:\d+ has no such file or model \(404\)/],
    ['an address without TLS', 'http://example.com/vit.npz', /only https addresses are fetched/],
  ])('refuses %s', async (_, reference, sentence) => {
    for (const args of [
      ['inspect', reference],
      ['convert', reference],
      ['adapt', '--model', reference],
    ]) {
      const { code, errors } = await pyra(args);
      expect(errors).toMatch(sentence);
      expect(errors.trimEnd().split('\n')).toHaveLength(1);
      expect(code).toBe(2);
    }
  });

  it('is fetched from a private repository with the token of the environment', async () => {
    vi.stubEnv('HF_TOKEN', 'secret');
    expect((await pyra(['inspect', 'owner/private'])).code).toBe(0);
    expect(hub.asked[0]?.authorization).toBe('Bearer secret');
    const help = await pyra(['--help']);
    expect(help.output).toContain('HF_TOKEN');
  });

  it('needs no network after it was fetched, and a note says so', async () => {
    await pyra(['inspect', 'owner/name']);
    await hub.stop();
    const { code, output, errors } = await pyra(['inspect', 'owner/name']);
    expect(code).toBe(0);
    expect(`${output}${errors}`).toMatch(/owner\/name: 127\S+ cannot be reached .*; the files that were fetched before are used/);
    await hub.start();
  });

  it('reports that there is no network', async () => {
    const gone = new LocalHub({});
    await gone.start();
    await gone.stop();
    vi.stubEnv('HF_ENDPOINT', gone.origin);
    const { code, errors } = await pyra(['inspect', 'owner/name']);
    expect({ code, errors }).toEqual({
      code: 2,
      errors: expect.stringMatching(/^owner\/name: 127\.0\.0\.1:\d+ cannot be reached \(.*ECONNREFUSED.*\)\n$/),
    });
  });

  it('is not asked for where the text is a path that was mistyped', async () => {
    for (const path of ['src/none', 'models/vit.npz', './owner/name', '/owner/name', 'name']) {
      expect(await pyra(['inspect', path]), path).toMatchObject({
        code: 2,
        errors: `${path}: there is no such file or folder\n`,
      });
    }
    const here = join(folder, 'here');
    await mkdir(here);
    expect((await pyra(['inspect', here])).code).toBe(2);
    expect(hub.asked).toEqual([]);
  });
});
