import { malformed } from "../component-failures.ts";
import type { Meter } from "../structure-limits.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Most names, several times as fast as by a decoder. */
function shortAscii(bytes: Uint8Array): string | undefined {
  if (bytes.length > 24) return undefined;
  let text = "";
  for (const byte of bytes) {
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Reads a stretch of a binary front to back. Every method throws `malformed-component` with the offset. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly meter: Meter;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, meter: Meter, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.meter = meter;
    this.at = start;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  peek(): number {
    const byte = this.at < this.end ? this.bytes[this.at] : undefined;
    if (byte === undefined) throw malformed("unexpected end", this.at);
    return byte;
  }

  byte(): number {
    const byte = this.peek();
    this.at++;
    return byte;
  }

  /** The next bytes themselves, not a copy. */
  take(length: number): Uint8Array {
    if (length > this.end - this.at) throw malformed("unexpected end", this.end);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** A reader of the next bytes, which this one skips. */
  sub(length: number): Reader {
    const start = this.at;
    this.take(length);
    return new Reader(this.bytes, this.meter, start, this.at);
  }

  /** Throws unless everything was read. */
  finish(what: string): void {
    if (this.at !== this.end) throw malformed(`unexpected content after ${what}`, this.at);
  }

  /** Unsigned LEB128 of at most 32 bits. */
  u32(): number {
    const start = this.at;
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) throw malformed("integer representation too long or too large", start);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** Signed LEB128 of at most 33 bits. */
  s33(): number {
    const start = this.at;
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (shift === 28) {
        // The last byte holds bits 28 to 32; above them only copies of the sign may stand.
        const sign = byte & 0x70;
        if (byte >= 0x80 || (byte & 0x10 ? sign !== 0x70 : sign !== 0)) {
          throw malformed("integer representation too long or too large", start);
        }
      }
      if (byte < 0x80) return byte & 0x40 ? value - 2 ** (shift + 7) : value;
    }
  }

  name(): string {
    const length = this.u32();
    const start = this.at;
    const bytes = this.take(length);
    this.meter.check("nameBytes", length, start);
    const ascii = shortAscii(bytes);
    if (ascii !== undefined) return ascii;
    try {
      return utf8.decode(bytes);
    } catch {
      throw malformed("name is not valid UTF-8", start);
    }
  }

  /** How many elements of at least one byte follow. */
  count(): number {
    const start = this.at;
    const count = this.u32();
    if (count > this.end - this.at) throw malformed(`a vector of ${count} elements does not fit`, start);
    return count;
  }

  vector<T>(element: () => T): T[] {
    const elements: T[] = [];
    for (let left = this.count(); left > 0; left--) elements.push(element());
    return elements;
  }

  optional<T>(value: () => T): T | undefined {
    const start = this.at;
    const present = this.byte();
    if (present > 1) throw malformed("expected 0x00 or 0x01 before an optional part", start);
    return present ? value() : undefined;
  }
}
