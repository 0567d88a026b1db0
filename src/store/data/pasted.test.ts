import { expect, it } from 'vitest';
import { namePasted } from './pasted.js';

function memory() {
  const kept = new Map<string, string>();
  return { get: (key: string) => kept.get(key) ?? null, set: (key: string, value: string) => void kept.set(key, value) };
}

const given = (name: string) => ({ path: name, file: new File([name], name, { type: 'image/png' }) });

it('numbers pasted pictures, on from those of earlier visits', async () => {
  const storage = memory();
  const [first, second] = namePasted([given('image.png'), given('image.jpeg')], storage);
  expect([first?.path, first?.file.name, second?.path]).toEqual(['pasted-1.png', 'pasted-1.png', 'pasted-2.jpeg']);
  expect(await first?.file.text()).toBe('image.png');
  expect(first?.file.type).toBe('image/png');
  expect(namePasted([given('image.png')], storage)[0]?.path).toBe('pasted-3.png');
});

it('leaves copied files their names', () => {
  const file = given('my image.png');
  expect(namePasted([file], memory())).toEqual([file]);
});
