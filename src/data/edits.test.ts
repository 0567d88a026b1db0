import { expect, it } from 'vitest';
import { solidPngs, sources } from '../testing/datasets.js';
import { sharpDecoder } from '../headless/machine/images.js';
import { openDataset } from './open.js';

const names = Array.from({ length: 40 }, (_, index) => `${index % 2 === 0 ? 'cat' : 'dog'}/${index}.png`);

it('a corrected label changes the picture’s class but not its part', async () => {
  const opened = await openDataset(sources(await solidPngs(names)), sharpDecoder, { name: 'pets', splitSeed: 1 });
  const classOf = ({ dataset }: typeof opened, name: string): string | undefined => {
    const index = Array.from({ length: dataset.length }, (_, at) => at).find((at) => dataset.nameOf(at) === name) ?? -1;
    return dataset.classes[dataset.label(index)];
  };
  const corrected = opened.edit({ classes: { dog: 'hound' }, labels: { 'cat/0.png': 'dog', 'gone.png': 'cat' }, splitSeed: 1 });
  expect(classOf(opened, 'cat/0.png')).toBe('cat');
  expect(classOf(corrected, 'cat/0.png')).toBe('hound');
  expect(classOf(corrected, 'cat/2.png')).toBe('cat');
  expect(corrected.dataset.parts).toEqual(opened.dataset.parts);
  expect(corrected.notes).toContain('1 label was corrected by hand');
  const back = corrected.edit({ classes: {}, labels: {}, splitSeed: 1 });
  expect(classOf(back, 'cat/0.png')).toBe('cat');
  expect(back.notes.join()).not.toContain('corrected');
  expect(() => opened.edit({ classes: {}, labels: { 'cat/0.png': 'fox' }, splitSeed: 1 })).toThrow(
    /no class 'fox' for cat\/0.png/,
  );
});
