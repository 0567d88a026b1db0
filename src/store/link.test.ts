import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIGURATION, hashOf, readHash } from './link.js';

describe('the configuration in the address', () => {
  it('comes back whole', () => {
    const configuration = {
      ...DEFAULT_CONFIGURATION,
      data: 'my pictures & others',
      schedule: '16,16,12',
      pyraLearningRate: 3e-4,
      proportionalAttention: false,
      seed: 7,
      flip: true,
      crop: 0.25,
      heads: 6,
      mean: [0.485, 0.456, 0.406] as [number, number, number],
      std: [0.229, 0.224, 0.225] as [number, number, number],
    };
    expect(readHash(hashOf(configuration))).toEqual({ kind: 'configuration', configuration });
  });

  it('keeps a schedule of digits a text, and the common rate a null', () => {
    const link = readHash('#schedule=8&pyraLearningRate=common');
    expect(link).toMatchObject({ kind: 'configuration', configuration: { schedule: '8', pyraLearningRate: null } });
  });

  it('says nothing of a backbone that is understood as its files say', () => {
    expect(hashOf(DEFAULT_CONFIGURATION)).not.toMatch(/heads|mean|std/);
    expect(readHash('#mean=0.5,0.5')).toMatchObject({ kind: 'problem', message: expect.stringContaining("'mean'") });
    expect(readHash('#std=0.5,0,0.5')).toMatchObject({ kind: 'problem', message: expect.stringContaining("'std") });
  });

  it('says nothing of augmentation that is off, as in links from before it', () => {
    expect(hashOf(DEFAULT_CONFIGURATION)).not.toMatch(/flip|crop|colour/);
    expect(readHash('#crop=1')).toMatchObject({ kind: 'problem', message: expect.stringContaining("'crop'") });
  });

  it('is readable', () => {
    expect(hashOf({ ...DEFAULT_CONFIGURATION, schedule: '16@-1' })).toContain('data=task:texture');
    expect(hashOf({ ...DEFAULT_CONFIGURATION, schedule: '16@-1' })).toContain('schedule=16@-1');
  });

  it('names what it does not understand', () => {
    expect(readHash('#epochs=-3')).toMatchObject({ kind: 'problem', message: expect.stringContaining("'epochs'") });
    expect(readHash('#colour=red')).toMatchObject({ kind: 'problem', message: expect.stringContaining("'colour'") });
    expect(readHash('#method=magic')).toMatchObject({ kind: 'problem', message: expect.stringContaining("'method'") });
  });

  it('is empty on a first visit', () => {
    expect(readHash('')).toEqual({ kind: 'none' });
    expect(readHash('#')).toEqual({ kind: 'none' });
  });
});
