/** A running hash of 64 bits, two lanes in the manner of FNV-1a: tells things apart by accident, not against an adversary. */
export class Fingerprint {
  #high = 0x811c9dc5;
  #low = 0xcbf29ce4;

  addBytes(bytes: Uint8Array): void {
    let high = this.#high;
    let low = this.#low;
    for (const byte of bytes) {
      high = Math.imul(high ^ byte, 0x01000193);
      low = Math.imul(low ^ (byte + 0x55), 0x01000193);
      low ^= low >>> 15;
    }
    this.#high = high;
    this.#low = low;
  }

  add(...values: readonly (string | number)[]): void {
    const encoder = new TextEncoder();
    for (const value of values) {
      this.addBytes(encoder.encode(`${typeof value === 'number' ? 'n' : 's'}${value}`));
      this.addBytes(Uint8Array.of(0));
    }
  }

  /** 16 hexadecimal digits. */
  text(): string {
    return [this.#high, this.#low].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
