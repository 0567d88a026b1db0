/**
 * The part of protobuf's wire format that ONNX files need (https://protobuf.dev/programming-guides/encoding). A message is kept as a list
 * of pieces, so that large tensors are copied only once, when the file is assembled.
 */
const text = new TextEncoder();

const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;

function varintBytes(value: bigint): Uint8Array {
  // Negative numbers are their 64-bit two's complement, ten bytes long.
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export class Message {
  readonly #pieces: Uint8Array[] = [];
  #size = 0;

  /** Bytes of the encoded message. */
  get length(): number {
    return this.#size;
  }

  #push(piece: Uint8Array): this {
    this.#pieces.push(piece);
    this.#size += piece.byteLength;
    return this;
  }

  #tag(field: number, wireType: number): this {
    return this.#push(varintBytes(BigInt(field * 8 + wireType)));
  }

  int(field: number, value: number | bigint): this {
    return this.#tag(field, VARINT).#push(varintBytes(BigInt(value)));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#tag(field, FIXED32).#push(bytes);
  }

  /** The bytes are not copied: they must not change until {@link toBytes} is called. */
  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, LENGTH)
      .#push(varintBytes(BigInt(value.byteLength)))
      .#push(value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, text.encode(value));
  }

  message(field: number, value: Message): this {
    this.#tag(field, LENGTH).#push(varintBytes(BigInt(value.#size)));
    for (const piece of value.#pieces) this.#push(piece);
    return this;
  }

  /** One number after another under the same field, unpacked as ONNX's proto2 declares them. */
  ints(field: number, values: readonly (number | bigint)[]): this {
    for (const value of values) this.int(field, value);
    return this;
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#size);
    let offset = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, offset);
      offset += piece.byteLength;
    }
    return bytes;
  }
}
