import { describe, expect, it } from 'vitest';
import { partAmong, partOfName, partOfPath } from './parts.js';

describe('words for parts', () => {
  it.each([
    ['asl_alphabet_train', 'train'],
    ['01_train', 'train'],
    ['Training Set', 'train'],
    ['TrainLabels', 'train'],
    ['train2017', 'train'],
    ['trainval', 'train'],
    ['train-val', 'train'],
    ['dev', 'validation'],
    ['Validate', 'validation'],
    ['valid_images', 'validation'],
    ['VLD.1', 'validation'],
    ['seg_test', 'test'],
    ['tst', 'test'],
    ['PrivateTest', 'test'],
    ['Evaluation', 'test'],
    ['holdout', 'test'],
    ['traindir', 'train'],
    ['valimages', 'validation'],
    ['imagesTr', 'train'],
    ['x_te', 'test'],
    ['tr', null],
    ['my tr trip', null],
    ['train_test_split', null],
    ['contest', null],
    ['valley', null],
    ['testudo', null],
    ['trained', null],
    ['constructor', null],
    ['__proto__', null],
  ])('%s: %s', (name, part) => {
    expect(partOfName(name)).toBe(part);
  });

  it('short ones count among their like alone', () => {
    expect(['tr', 'va', 'te'].map((name, _, all) => partAmong(name, all))).toEqual(['train', 'validation', 'test']);
    expect(['tr', 'te', 'de'].map((name, _, all) => partAmong(name, all))).toEqual([null, null, null]);
    expect(['va', 'te'].map((name, _, all) => partAmong(name, all))).toEqual([null, null]);
  });

  it('takes the innermost segment of a path that names one', () => {
    expect(partOfPath('test/train/labels.csv')).toBe('train');
    expect(partOfPath('train/labels_val.csv')).toBe('validation');
    expect(partOfPath('data/cat/0.jpg')).toBeNull();
  });
});
