import { expect, test } from 'vitest';
import { decodeNames, western } from './foreign-names.js';

const bytes = (...groups: readonly (string | number)[]): Uint8Array =>
  Uint8Array.from(
    groups.flatMap((group) => (typeof group === 'string' ? Array.from(group, (letter) => letter.charCodeAt(0)) : [group])),
  );

test('UTF-8 is UTF-8', () => {
  expect(decodeNames([new TextEncoder().encode('café/ソファ.jpg')], western)).toEqual(['café/ソファ.jpg']);
});

test('Shift-JIS, whose second byte may be a backslash, is told by its kana and everyday kanji', () => {
  // ソファ, 猫, 犬
  const sofa = bytes(0x83, 0x5c, 0x83, 0x74, 0x83, 0x40, '/0.jpg');
  const cat = bytes(0x94, 0x4c, '/0.jpg');
  const dog = bytes(0x8c, 0xa2, '/0.jpg');
  expect(decodeNames([sofa, cat, dog], western)).toEqual(['ソファ/0.jpg', '猫/0.jpg', '犬/0.jpg']);
});

test('GBK is told by its everyday hanzi', () => {
  // 猫, 狗
  expect(decodeNames([bytes(0xc3, 0xa8, 0xb9, 0xb7, '/0.jpg'), bytes(0xb9, 0xb7, '/1.jpg')], western)).toEqual([
    '猫狗/0.jpg',
    '狗/1.jpg',
  ]);
});

test('anything else is the fallback, name by name', () => {
  expect(decodeNames([bytes('caf', 0xe9, '/0.jpg'), bytes('tea/0.jpg')], western)).toEqual(['café/0.jpg', 'tea/0.jpg']);
});
