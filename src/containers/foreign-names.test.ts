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

test.each<[string, string[], string[]]>([
  ['a pair that would be UTF-8 alone', ['c3a82f31', 'b9b72f31', 'c4f12f31'], ['猫/1', '狗/1', '鸟/1']],
  ['half-width katakana', ['c7ba2f31', '834e8357'], ['ﾇｺ/1', 'クジ']],
  ['Korean', ['b0edbee7c0cc', 'b0adbec6c1f6', 'bbf5'], ['고양이', '강아지', '새']],
  ['Big5', ['a46a', 'a470', 'b0aa'], ['大', '小', '高']],
])('%s', (_, names, texts) => {
  const hexed = names.map((hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16)));
  expect(decodeNames(hexed, western)).toEqual(texts);
});

test.each<[string, string[], string[]]>([
  ['windows-1252', ['42e4756d65', '53747261dF65', '6372e86d65'], ['Bäume', 'Straße', 'crème']],
  ['DOS Western', ['4284756d65', '466f72887473'], ['Bäume', 'Forêts']],
  ['windows-1250', ['6b6fe86b61', '73fde8656b', 'b36f9c'], ['kočka', 'sýček', 'łoś']],
  ['DOS Central European', ['6b6f9f6b61', '73ec9f656b'], ['kočka', 'sýček']],
  ['windows-1254', ['6bf670656b', '6261796b75fe'], ['köpek', 'baykuş']],
  ['windows-1251', ['eaeef8eae0', 'f1eee1e0eae0'], ['кошка', 'собака']],
  ['DOS Cyrillic, with a name that is UTF-8 by chance', ['aaaee8aaa0', 'e1aea1a0aaa0', 'f0abaaa8'], ['кошка', 'собака', 'Ёлки']],
  ['KOI8-R', ['cbcfdbcbc1', 'd3cfc2c1cbc1'], ['кошка', 'собака']],
  ['windows-1253, all pairs', ['e3dcf4e1', 'f3eafdebeff2'], ['γάτα', 'σκύλος']],
])('one byte a letter: %s', (_, names, texts) => {
  const hexed = names.map((hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16)));
  expect(decodeNames(hexed, () => '?')).toEqual(texts);
});
