import { describe, expect, it } from 'vitest';
import { WHOLE_PICTURE } from '../../vit/framing.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { sensibleSize, shorterRun, sizeChoices } from './choices.js';

describe('a shorter run', () => {
  it('is the most epochs that one waits for', () => {
    expect(shorterRun(100, 27)).toEqual({ epochs: 10, seconds: 270 });
    expect(shorterRun(20, 5)).toEqual({ epochs: 10, seconds: 50 });
    expect(shorterRun(100, 2)).toEqual({ epochs: 50, seconds: 100 });
  });

  it('is one epoch where each takes long, and none where the run is short or of one epoch', () => {
    expect(shorterRun(100, 1000)).toEqual({ epochs: 1, seconds: 1000 });
    expect(shorterRun(20, 1)).toBeNull();
    expect(shorterRun(1, 1000)).toBeNull();
  });
});

const architecture = {
  imageSize: 224,
  patchSize: 16,
  embedDim: 192,
  depth: 12,
  heads: 3,
  mlpHidden: 768,
  distilled: false,
  registers: 0,
  antialiasedPositions: false,
  framing: WHOLE_PICTURE,
  layerNormEpsilon: 1e-6,
  mean: [0.5, 0.5, 0.5] as const,
  std: [0.5, 0.5, 0.5] as const,
};
const configuration = { ...PAPER_RECIPE, schedule: 'high', imageSize: 224 };

describe('sizes', () => {
  it('are whole patches up to what the backbone was made for, dearer with each', () => {
    const choices = sizeChoices(configuration, architecture, 10, 3600);
    expect(choices.map(({ side }) => side)).toEqual([48, 64, 96, 128, 160, 192, 224]);
    expect(choices.at(-1)?.seconds).toBeCloseTo(3600, 6);
    const seconds = choices.map((choice) => choice.seconds ?? 0);
    expect([...seconds].sort((a, b) => a - b)).toEqual(seconds);
    // A quarter of the patches and less attention: less than a quarter of the time, and more than a sixteenth.
    expect((seconds[3] ?? 0) / 3600).toBeGreaterThan(1 / 16);
    expect((seconds[3] ?? 0) / 3600).toBeLessThan(0.35);
  });

  it('leave out those that a schedule of numbers does not fit', () => {
    const listed = { ...configuration, schedule: '40,40,20,0,0,0,0,0,0,0,0,0' };
    expect(sizeChoices(listed, architecture, 10, null).map(({ side }) => side)).not.toContain(48);
  });

  it('begin at what ends in twenty minutes, never below 96, never above the pictures', () => {
    const choices = [48, 96, 128, 224].map((side) => ({ side, seconds: side * 10 }));
    expect(sensibleSize(choices, 3000, 48)).toBe(96);
    expect(
      sensibleSize(
        choices.map(({ side }) => ({ side, seconds: side })),
        3000,
        48,
      ),
    ).toBe(224);
    expect(
      sensibleSize(
        choices.map(({ side }) => ({ side, seconds: side })),
        150,
        48,
      ),
    ).toBe(128);
    expect(
      sensibleSize(
        choices.map(({ side }) => ({ side, seconds: side * 1e6 })),
        3000,
        224,
      ),
    ).toBe(96);
  });

  it('stay where the pictures are small, or where nothing tells the time', () => {
    const untimed = [48, 96, 224].map((side) => ({ side, seconds: null }));
    expect(sensibleSize(untimed, 32, 48)).toBe(48);
    expect(sensibleSize(untimed, null, 48)).toBe(96);
    expect(sensibleSize(untimed, null, 224)).toBe(224);
  });
});
