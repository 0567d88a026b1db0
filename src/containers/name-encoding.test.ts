import { expect, test } from 'vitest';
import { decodeNames } from './name-encoding.js';

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

test.each<[string, string[], string[]]>([
  ['UTF-8 without a flag', ['636166c3a92f312e6a7067'], ['café/1.jpg']],
  // ソ ends in a backslash, 表 too.
  ['Shift-JIS', ['835c2f312e6a7067', '955c2f312e6a7067', '94 4c'.replace(' ', '')], ['ソ/1.jpg', '表/1.jpg', '猫']],
  ['half-width katakana', ['c7ba2f31', '834e8357'], ['ﾇｺ/1', 'クジ']],
  ['GBK', ['c3a82f312e6a7067', 'b9b72f312e6a7067', 'c4f12f31'], ['猫/1.jpg', '狗/1.jpg', '鸟/1']],
  ['Korean', ['b0edbee7c0cc', 'b0adbec6c1f6', 'bbf5'], ['고양이', '강아지', '새']],
  ['Big5', ['a46a', 'a470', 'b0aa'], ['大', '小', '高']],
  ['code page 437', ['636166822f31', '6b846665722f31'], ['café/1', 'käfer/1']],
])('%s', (_, names, texts) => {
  expect(decodeNames(names.map(bytes), 'cp437')).toEqual(texts);
});

test('Latin-1 in a tar; names that are UTF-8 stay so', () => {
  expect(decodeNames([bytes('636166e92f31'), bytes('6b61c3a966')], 'windows-1252')).toEqual(['café/1', 'kaéf']);
});
