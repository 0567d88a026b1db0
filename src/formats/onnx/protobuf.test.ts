import { describe, expect, it } from 'vitest';
import { Message } from './protobuf.js';

const hex = (message: Message): string => Buffer.from(message.toBytes()).toString('hex');

describe('protobuf messages', () => {
  // The first three are the encoding guide's own examples (protobuf.dev/programming-guides/encoding).
  it('encodes numbers, text and messages as the specification shows', () => {
    expect(hex(new Message().int(1, 150))).toBe('089601');
    expect(hex(new Message().string(2, 'testing'))).toBe('120774657374696e67');
    expect(hex(new Message().message(3, new Message().int(1, 150)))).toBe('1a03089601');
    expect(hex(new Message().int(1, -2n))).toBe('08feffffffffffffffff01');
    expect(hex(new Message().float(2, 1))).toBe('150000803f');
    expect(hex(new Message().ints(4, [3, 270]))).toBe('2003208e02');
    expect(hex(new Message().int(20, 2))).toBe('a00102');
    expect(hex(new Message().string(1, 'é'))).toBe('0a02c3a9');
  });

  it('knows its own length', () => {
    const message = new Message().bytes(9, new Uint8Array(300));
    expect(message.length).toBe(1 + 2 + 300);
    expect(message.toBytes().byteLength).toBe(message.length);
  });
});
