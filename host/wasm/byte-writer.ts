/** Writer of binaries, which grows as it is written to. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(Math.max(capacity, 64));
  }

  get length(): number {
    return this.#at;
  }

  get first(): number {
    return this.#bytes[0]!;
  }

  byte(value: number): void {
    if (this.#at === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  bytes(...values: readonly number[]): void {
    for (const value of values) this.byte(value);
  }

  u32(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** A whole number of either sign as our own tables have it: n as 2n, -n as 2n - 1. */
  zigzag(value: number): void {
    this.u32(value >= 0 ? 2 * value : -2 * value - 1);
  }

  /** A signed integer that is not negative, of up to 53 bits. */
  positive(value: number): void {
    let rest = value;
    while (rest >= 0x40) {
      this.byte((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  copy(from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > this.#bytes.length - this.#at) this.#reserve(length);
    // Between two insertions lie a few bytes mostly, for which making a view costs more than copying.
    if (length < 48) for (let i = start, at = this.#at; i < end; i++, at++) this.#bytes[at] = from[i]!;
    else this.#bytes.set(from.subarray(start, end), this.#at);
    this.#at += length;
  }

  name(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.u32(bytes.length);
    this.copy(bytes, 0, bytes.length);
  }

  append(content: ByteWriter): void {
    this.copy(content.#bytes, 0, content.#at);
  }

  /** The same with its length before it. */
  sized(content: ByteWriter): void {
    this.u32(content.length);
    this.append(content);
  }

  clear(): void {
    this.#at = 0;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }

  #reserve(count: number): void {
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + count));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}
