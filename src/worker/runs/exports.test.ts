import { expect, it } from 'vitest';
import { recogniseFiles } from '../../data/recognise.js';
import { byteSourceFromBytes } from '../../containers/sources.js';
import { openArchive } from '../../containers/zip-archive.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import { fakeRun } from '../../testing/page/fake-api.js';
import { exportRun } from './exports.js';
import { decodeRecord } from '../kept/run-store.js';

const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);
const curves = { name: 'curves.csv', mediaType: 'text/csv', bytes: text('epoch,train_loss\n') };
const run = { ...fakeRun('id', PAPER_RECIPE, 'finished', 2), name: 'My run: 1/2' };

/** A run whose weights are kept, but which no other format can hold. */
const parts = {
  runs: {
    weightsFile: async () => text('weights'),
    weights: () => Promise.reject(new PlaygroundError('option.invalid', 'no format for this')),
  },
  models: { requireFor: () => Promise.reject(new Error('nobody asks here')) },
  builtPage: () => Promise.reject(new Error('nobody asks here')),
};

it('everything is a zip that is taken for the run, with what the page adds and what was left out', async () => {
  const zip = await exportRun(run, 'everything', [curves], parts);
  expect(zip.name).toBe('my-run-1-2.zip');
  const source = byteSourceFromBytes(zip.name, zip.bytes);
  const archive = await openArchive(source);
  expect([...archive.entries.keys()]).toEqual(['run.json', 'adapted.safetensors', 'curves.csv', 'CONTENTS.txt']);
  const read = async (name: string): Promise<Uint8Array> => {
    const entry = archive.entries.get(name);
    if (!entry) throw new Error(`no ${name}`);
    return archive.read(entry, 0, entry.size, true);
  };
  expect(decodeRecord(await read('run.json'), 'run.json')).toEqual(run);
  expect(new TextDecoder().decode(await read('adapted.safetensors'))).toBe('weights');
  expect(new TextDecoder().decode(await read('CONTENTS.txt'))).toContain('onnx: no format for this');
  expect(await recogniseFiles([source])).toBe('run');
});

it('whole checkpoints of large backbones stay out of the zip of everything', async () => {
  const asked: string[] = [];
  const large = { ...run, totalParameters: 86e6 };
  const counting = {
    ...parts,
    runs: { ...parts.runs, weights: (record: { readonly name: string }) => (asked.push(record.name), parts.runs.weights()) },
  };
  await exportRun(large, 'everything', [], counting);
  // Only the two PEFT forms were tried.
  expect(asked).toHaveLength(2);
});

it('maps come as one zip, and one file as itself', async () => {
  const maps = await exportRun(run, 'maps', [{ ...curves, name: 'maps/test-1/block-00.svg' }], parts);
  expect(maps.name).toBe('my-run-1-2-maps.zip');
  expect([...(await openArchive(byteSourceFromBytes(maps.name, maps.bytes))).entries.keys()]).toEqual([
    'maps/test-1/block-00.svg',
  ]);
  expect((await exportRun(run, 'run', [], parts)).name).toBe('my-run-1-2-run.json');
});
