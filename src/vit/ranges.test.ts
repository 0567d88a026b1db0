import { METHODS } from './methods/index.js';
import { describe, expect, it } from 'vitest';
import { PAPER_RECIPE } from './configuration.js';
import { firstFault, optionTakes, rangeOf } from './ranges.js';

describe('options in words', () => {
  it.each([
    ['loraRank', 'a whole number from 1 to 256'],
    ['dropout', 'a number from 0 to 0.95'],
    ['pyraLearningRate', 'a number from 0 to 10'],
    ['heads', 'a whole number from 1 to 1024'],
    ['method', `one of ${METHODS.join(', ')}`],
    ['proportionalAttention', 'true or false'],
    ['mean', 'three numbers, for red, green and blue'],
    ['schedule', 'a text of at most 500 characters'],
  ] as const)('%s is %s', (option, words) => expect(rangeOf(option)).toBe(words));

  it('takes what the schema takes', () => {
    expect(optionTakes('loraRank', 256)).toBe(true);
    expect(optionTakes('loraRank', 257)).toBe(false);
    expect(optionTakes('loraRank', 1.5)).toBe(false);
    expect(optionTakes('heads', null)).toBe(true);
  });

  it('says the first fault of a configuration, and none of a whole one', () => {
    expect(firstFault(PAPER_RECIPE)).toBeNull();
    expect(firstFault({ ...PAPER_RECIPE, epocs: 1 })).toEqual({ option: 'epocs', why: 'is no option of this page' });
    expect(firstFault({ ...PAPER_RECIPE, loraRank: 0 })).toEqual({
      option: 'loraRank',
      why: 'is a whole number from 1 to 256, and 0 was given',
    });
    expect(firstFault({ ...PAPER_RECIPE, method: 'foo' })?.why).toMatch(/^is one of none, .*, and 'foo' was given$/);
  });
});
