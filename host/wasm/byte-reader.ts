import { malformed } from "./module-failures.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a stretch of a core module front to back. Integers may be padded as far as the specification allows
 * (Core spec, Binary Format / Values / Integers) and not a byte further. Every method throws `malformed-component`.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  end: number;
  at: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  byte(): number {
    if (this.at >= this.end) throw malformed("unexpected end", this.end);
    return this.bytes[this.at++]!;
  }

  peek(): number {
    if (this.at >= this.end) throw malformed("unexpected end", this.end);
    return this.bytes[this.at]!;
  }

  skip(count: number): void {
    if (count > this.end - this.at) throw malformed("unexpected end", this.end);
    this.at += count;
  }

  u32(): number {
    if (this.at < this.end) {
      const first = this.bytes[this.at]!;
      if (first < 0x80) {
        this.at++;
        return first;
      }
    }
    const start = this.at;
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) throw malformed("an integer is too long or too large", start);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** Skips an integer of at most so many bytes; whether its last bits are right is for the compiler to say. */
  skipInteger(most: number): void {
    const start = this.at;
    for (let length = 1; this.byte() >= 0x80; length++) {
      if (length === most) throw malformed("an integer is too long", start);
    }
  }

  /** A signed integer of 33 bits that may only be positive: an index where negative numbers mean something else. */
  index33(): number {
    const start = this.at;
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (byte & 0x40 || (shift === 28 && byte > 0x0f)) throw malformed("not an index", start);
        return value;
      }
      if (shift === 28) throw malformed("an integer is too long", start);
    }
  }

  /** How many elements of at least one byte follow. */
  count(): number {
    const start = this.at;
    const count = this.u32();
    if (count > this.end - this.at) throw malformed(`a vector of ${count} elements does not fit`, start);
    return count;
  }

  name(): string {
    const length = this.u32();
    const start = this.at;
    this.skip(length);
    try {
      return utf8.decode(this.bytes.subarray(start, this.at));
    } catch {
      throw malformed("a name is not valid UTF-8", start);
    }
  }

  finish(what: string): void {
    if (this.at !== this.end) throw malformed(`unexpected content after ${what}`, this.at);
  }
}
