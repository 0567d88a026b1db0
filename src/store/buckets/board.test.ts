import { describe, expect, it } from 'vitest';
import {
  changed,
  EMPTY_BOARD,
  FIRST_BOARD,
  freeName,
  moved,
  NO_HISTORY,
  obstacleToUse,
  picturesOf,
  redone,
  renamed,
  undone,
  withBucket,
  withoutBucket,
  withoutPictures,
  withPictures,
} from './board.js';

const pictures = (...ids: string[]) => ids.map((id) => ({ id, name: `${id}.jpg` }));
const two = withBucket(withBucket(EMPTY_BOARD, 'a', 'Cat'), 'b', 'Dog');
const filled = withPictures(
  withPictures(withPictures(two, pictures('1', '2'), 'a'), pictures('3'), 'b'),
  pictures('4', '5'),
  null,
);

describe('a board', () => {
  it('takes pictures into a class, and into none where there is no such class', () => {
    expect(picturesOf(filled, 'a')).toEqual(['1', '2']);
    expect(filled.loose).toEqual(['4', '5']);
    expect(filled.names['3']).toBe('3.jpg');
    expect(withPictures(two, pictures('9'), 'gone').loose).toEqual(['9']);
  });

  it('moves pictures from wherever they are, each once', () => {
    const after = moved(filled, ['4', '1', 'unknown'], 'b');
    expect(picturesOf(after, 'b')).toEqual(['3', '4', '1']);
    expect(picturesOf(after, 'a')).toEqual(['2']);
    expect(after.loose).toEqual(['5']);
    expect(moved(filled, ['unknown'], 'b')).toBe(filled);
  });

  it('removes pictures with their names', () => {
    const after = withoutPictures(filled, ['2', '5']);
    expect(picturesOf(after, 'a')).toEqual(['1']);
    expect(after.loose).toEqual(['4']);
    expect(Object.keys(after.names)).toEqual(['1', '3', '4']);
  });

  it('makes two classes of one name one, and lets a class go with its pictures kept', () => {
    const joined = renamed(filled, 'b', ' Cat ');
    expect(joined.buckets.map(({ name, pictures: ids }) => [name, ids])).toEqual([['Cat', ['1', '2', '3']]]);
    expect(renamed(filled, 'b', '  ')).toBe(filled);
    expect(renamed(filled, 'b', 'Fox').buckets[1]?.name).toBe('Fox');
    expect(withoutBucket(filled, 'a').loose).toEqual(['4', '5', '1', '2']);
  });

  it('names a new class as none is called', () => {
    expect(freeName(EMPTY_BOARD)).toBe('Class 1');
    expect(freeName(withBucket(EMPTY_BOARD, 'x', 'Class 2'))).toBe('Class 3');
  });

  it('says what it lacks to be a data set', () => {
    expect(obstacleToUse(two)).toContain('Two classes');
    expect(obstacleToUse(filled)).toContain('Dog has one picture');
    expect(obstacleToUse(moved(filled, ['4'], 'b'))).toBeNull();
  });
});

describe('its history', () => {
  it('takes every step back and forth, and forgets what was undone once something else is done', () => {
    const one = changed(changed(NO_HISTORY, two), filled);
    expect(undone(one).board).toBe(two);
    expect(redone(undone(one)).board).toBe(filled);
    expect(undone(undone(undone(one))).board).toBe(FIRST_BOARD);
    const other = changed(undone(one), moved(filled, ['4'], 'b'));
    expect(redone(other)).toEqual(other);
  });

  it('takes what belongs together back in one step', () => {
    const first = changed(changed(NO_HISTORY, two), withPictures(two, pictures('1'), 'a'));
    const burst = changed(first, withPictures(first.board, pictures('2'), 'a'), true);
    expect(picturesOf(burst.board, 'a')).toEqual(['1', '2']);
    expect(undone(burst).board).toBe(two);
  });
});
