import { readFileSync } from 'node:fs';
import { TextReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { expect, test } from 'vitest';
import { formFixture, solidPng, sources } from '../testing/datasets.js';
import type { ByteSource } from '../containers/bytes.js';
import { recogniseFiles } from './recognise.js';

const safetensors = (json: string): Uint8Array => {
  const header = new TextEncoder().encode(json);
  const file = new Uint8Array(8 + header.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  return file;
};

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const picture = await solidPng(1, 2, 3);
const zip = (name: string): ByteSource[] => formFixture(name);

test.each<[string, ByteSource[], string]>([
  ['a picture without extension', sources({ 'IMG 1': picture }), 'data'],
  ['a broken picture', sources({ 'a/1.jpg': '' }), 'data'],
  ['a zip of pictures', zip('deflated.zip'), 'data'],
  ['a tar', zip('v7.tar'), 'data'],
  ['a tar.gz', zip('plain.tar.gz'), 'data'],
  ['parquet', zip('words.parquet'), 'data'],
  ['a CSV', sources({ 'labels.csv': 'path,label\n' }), 'data'],
  ['CIFAR', sources({ 'data_batch_1.bin': new Uint8Array(3073) }), 'data'],
  ['Arrow', zip('stream.arrow'), 'data'],
  ['a CIFAR python batch', sources({ data_batch_1: latin1('\x80\x02}q\x01(U\x0bbatch_labelq\x02') }), 'data'],
  [
    'a pickle of weights under such a name',
    sources({ data: latin1('\x80\x02ccollections\nOrderedDict\nq\x01)Rq\x02') }),
    'weights',
  ],
  ['MNIST', sources({ 'train-images-idx3-ubyte': Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) }), 'data'],
  ['a MATLAB file', sources({ 'train_32x32.mat': latin1(`MATLAB 5.0 MAT-file, Platform: GLNXA64${' '.repeat(90)}`) }), 'data'],
  ['STL-10', sources({ 'train_X.bin': new Uint8Array(3 * 96 * 96), 'train_y.bin': Uint8Array.from([1]) }), 'data'],
  ['a form that is not read', sources({ 'data.h5': latin1('\x89HDF\r\n\x1a\n') }), 'data'],
  ['safetensors under any name', sources({ model: safetensors('{"x":{}}') }), 'weights'],
  ['safetensors cut short', sources({ 'model.safetensors': new Uint8Array(5) }), 'weights'],
  [
    'the index of sharded safetensors',
    sources({ 'model.safetensors.index.json': '{"weight_map":{"a":"b.safetensors"}}' }),
    'weights',
  ],
  ['an old pickle', sources({ 'x.pth': new Uint8Array([0x80, 2, 0x8a, 10]) }), 'weights'],
  ['a damaged .pth', sources({ 'x.pth': 'PK\x03\x04 and then nothing that a zip would have' }), 'weights'],
  ['a damaged zip', sources({ 'x.zip': 'PK\x03\x04 and then nothing that a zip would have' }), 'data'],
  ['a run', sources({ 'run.json': ' {"format": "pyra-playground-run", "version": 1}' }), 'run'],
  ['a run beside pictures', sources({ 'a.png': picture, 'run.json': '{"format":"pyra-playground-run"}' }), 'run'],
  [
    'weights beside a run',
    sources({ 'run.json': '{"format":"pyra-playground-run"}', 'adapted.safetensors': safetensors('{}') }),
    'weights',
  ],
  ['other JSON', sources({ 'package.json': '{"name":"x"}' }), 'unknown'],
  ['broken JSON', sources({ 'x.json': '{"name":' }), 'unknown'],
  ['text', sources({ 'letter.txt': 'Dear all, this is a letter.' }), 'unknown'],
  ['nothing', [], 'unknown'],
  ['an empty file', sources({ empty: '' }), 'unknown'],
])('%s', async (_, files, kind) => {
  expect(await recogniseFiles(files)).toBe(kind);
});

async function zipOf(...names: string[]): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter());
  for (const name of names) await writer.add(name, new TextReader('x'));
  return writer.close();
}

test('archives of weights and archives of pictures are told apart by content, not by name', async () => {
  expect(await recogniseFiles(sources({ a: await zipOf('cls.npy', 'head/bias.npy') }))).toBe('weights');
  expect(await recogniseFiles(sources({ a: await zipOf('train_images.npy', 'train_labels.npy') }))).toBe('data');
  expect(await recogniseFiles(sources({ a: await zipOf('archive/data.pkl', 'archive/data/0') }))).toBe('weights');
  expect(await recogniseFiles(sources({ a: await zipOf('cat/1.png') }))).toBe('data');
});

test('real files', async () => {
  const read = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../../${path}`, import.meta.url)));
  expect(await recogniseFiles(sources({ given: read('e2e/fixtures/sign-digits-small.zip') }))).toBe('data');
  expect(await recogniseFiles(sources({ given: read('public/models/photo-formula-vit.safetensors') }))).toBe('weights');
});
