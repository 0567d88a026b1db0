import { describe, expect, it } from 'vitest';
import { Evidence } from './evidence.js';

describe('evidence', () => {
  const estimate = new Evidence({ data: 'flowers', weights: 'vit' }, 7);

  it('comes out where all that it depends on is still so, whatever else is', () => {
    expect(estimate.against({ data: 'flowers', weights: 'vit', picture: 'test 3' })).toMatchObject({ value: 7, before: false });
    expect(new Evidence({}, 7).against({ data: 'birds' })).toMatchObject({ value: 7, before: false });
  });

  it('does not where something has changed, or is not there', () => {
    expect(estimate.against({ data: 'birds', weights: 'vit' })).toBeNull();
    expect(estimate.against({ data: 'flowers' })).toBeNull();
  });

  it('is of before where only what is not needed has changed', () => {
    expect(estimate.against({ data: 'flowers', weights: 'deit' }, ['data'])).toMatchObject({ value: 7, before: true });
    expect(estimate.against({ data: 'birds', weights: 'vit' }, ['data'])).toBeNull();
  });

  it('is the same object each time, so that a view is not drawn again for nothing', () => {
    const facts = { data: 'flowers', weights: 'vit' };
    expect(estimate.against(facts)).toBe(estimate.against({ ...facts }));
    expect(estimate.against({ weights: 'deit' }, [])).toBe(estimate.against({}, []));
  });

  it('shows nothing of its value but through a comparison', () => {
    expect(JSON.stringify(estimate)).toBe('{"of":{"data":"flowers","weights":"vit"}}');
    expect(Object.values(estimate)).toEqual([estimate.of]);
  });
});
