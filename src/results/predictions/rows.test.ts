import { describe, expect, it } from 'vitest';
import type { PredictedRow } from '../../protocol/predictions.js';
import { countsByClass, EVERYTHING, filterPredictions, imagesPerSecond, predictionsCsv, sortPredictions } from './rows.js';

const row = (index: number, picture: string, name: string, confidence: number, milliseconds = 1): PredictedRow => ({
  index,
  picture,
  class: name,
  confidence,
  milliseconds,
});
const ROWS = [row(0, 'a/1.png', 'cat', 0.91234, 3), row(1, 'a/2.png', 'dog', 0.5, 2), row(2, 'b, c/3.png', 'cat', 0.5, 12.345)];
const names = (rows: readonly PredictedRow[]): number[] => rows.map(({ index }) => index);

describe('predicted pictures', () => {
  it('are written as CSV, one line for each', () => {
    expect(predictionsCsv(ROWS)).toBe(
      'picture,class,confidence,milliseconds\na/1.png,cat,0.9123,3.00\na/2.png,dog,0.5000,2.00\n"b, c/3.png",cat,0.5000,12.35\n'.replace(
        '12.35',
        (12.345).toFixed(2),
      ),
    );
  });

  it('are sorted by a column; equal ones stay in the order of their pictures', () => {
    expect(names(sortPredictions(ROWS, { key: 'confidence', descending: false }))).toEqual([1, 2, 0]);
    expect(names(sortPredictions(ROWS, { key: 'confidence', descending: true }))).toEqual([0, 1, 2]);
    expect(names(sortPredictions(ROWS, { key: 'class', descending: true }))).toEqual([1, 0, 2]);
    expect(names(sortPredictions(ROWS, { key: 'picture', descending: true }))).toEqual([2, 1, 0]);
    expect(names(sortPredictions(ROWS, { key: 'milliseconds', descending: false }))).toEqual([1, 0, 2]);
  });

  it('are filtered by class and by confidence, bounds included', () => {
    expect(names(filterPredictions(ROWS, EVERYTHING))).toEqual([0, 1, 2]);
    expect(names(filterPredictions(ROWS, { ...EVERYTHING, class: 'cat' }))).toEqual([0, 2]);
    expect(names(filterPredictions(ROWS, { class: null, least: 0.5, most: 0.9 }))).toEqual([1, 2]);
  });

  it('are counted by class, most first', () => {
    expect(countsByClass(ROWS)).toEqual([
      { class: 'cat', pictures: 2 },
      { class: 'dog', pictures: 1 },
    ]);
  });
});

it('have the speed of the median time', () => {
  expect(imagesPerSecond([])).toBeNull();
  expect(imagesPerSecond([10, 500, 9])).toBe(100);
});
