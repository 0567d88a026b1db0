import { expect, test } from 'vitest';
import { foreignForm, foreignReason } from './foreign-forms.js';

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test.each([
  ['a.7z', '7z\xbc\xaf\x27\x1c\0\x04', /7z archive.*\.zip or \.tar/],
  ['a', 'Rar!\x1a\x07\x01\0', /RAR/],
  ['a.tar.xz', '\xfd7zXZ\0', /xz/],
  ['a.tar.zst', '\x28\xb5\x2f\xfd', /zst/],
  ['a.tar.bz2', 'BZh91AY&SY', /bz2/],
  ['a.h5', '\x89HDF\r\n\x1a\n', /HDF5.*a folder for each class/],
  ['imagelabels.mat', 'MATLAB 5.0 MAT-file, Platform', /MATLAB.*\.csv/],
  ['v73.mat', '\x89HDF', /MATLAB/],
  ['x-train.tfrecord-00000-of-00001', '', /TFRecord/],
  ['train/data.mdb', '\0\0', /LMDB/],
  ['a.z01', '', /split archive/],
  ['labels.xlsx', 'PK\x03\x04', /spreadsheet.*\.csv in UTF-8/],
])('%s beginning with %j is known: %s', (name, head, reason) => {
  const form = foreignForm(latin1(head), name);
  expect(form && foreignReason(form)).toMatch(reason);
});

test.each([
  ['cat.jpg', '\xff\xd8\xff'],
  ['labels.csv', 'path,label'],
  ['a.zip', 'PK\x03\x04'],
  ['data.mdb.txt', 'a'],
  ['index.html', '<!doctype html>'],
])('%s is none of them', (name, head) => {
  expect(foreignForm(latin1(head), name)).toBeNull();
});
