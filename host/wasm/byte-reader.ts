const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Names of up to so many bytes are mostly ASCII, and read several times as fast without a decoder. */
const shortName = 24;

/** Makes the error for bytes that are not the format, at an offset. */
export type Malformed = (detail: string, offset: number) => Error;

/** Meter that is asked before a name is made of its bytes. */
interface NameMeter {
  check(what: "nameBytes", actual: number, offset: number): void;
}

/**
 * Reader of a stretch of a binary, front to back: of core modules, of components, and of what custom sections hold.
 * Integers may be padded as far as the specification allows (Core spec, Binary Format / Values / Integers) and not a byte
 * further. Every method throws what `malformed` makes, with the offset; `name` what the meter throws, too.
 *
 * One class for all of them, whatever they count by: a subclass would slow down the code that hardening runs most.
 */
export class ByteReader<Meter extends NameMeter | undefined = undefined> {
  readonly bytes: Uint8Array;
  readonly malformed: Malformed;
  readonly meter: Meter;
  at: number;
  end: number;

  constructor(bytes: Uint8Array, malformed: Malformed, meter: Meter, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.malformed = malformed;
    this.meter = meter;
    this.at = start;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    if (this.at >= this.end) throw this.malformed("unexpected end", this.end);
    return this.bytes[this.at++]!;
  }

  peek(): number {
    if (this.at >= this.end) throw this.malformed("unexpected end", this.end);
    return this.bytes[this.at]!;
  }

  skip(count: number): void {
    if (count > this.end - this.at) throw this.malformed("unexpected end", this.end);
    this.at += count;
  }

  /** The next bytes themselves, not a copy. */
  take(count: number): Uint8Array {
    this.skip(count);
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** A reader of the next bytes, which this one skips. */
  sub(count: number): ByteReader<Meter> {
    const start = this.at;
    this.skip(count);
    return new ByteReader(this.bytes, this.malformed, this.meter, start, this.at);
  }

  /** Throws unless everything was read. */
  finish(what: string): void {
    if (this.at !== this.end) throw this.malformed(`unexpected content after ${what}`, this.at);
  }

  /** Unsigned LEB128 of at most 32 bits. */
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
      if (shift === 28 && byte > 0x0f) throw this.malformed("an integer is too long or too large", start);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** The same of at most 64 bits. */
  u64(): bigint {
    const start = this.at;
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      if (shift === 63n && byte > 0x01) throw this.malformed("an integer is too long or too large", start);
      value |= BigInt(byte & 0x7f) << shift;
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
        if (byte >= 0x80 || (byte & 0x10 ? sign !== 0x70 : sign !== 0))
          throw this.malformed("an integer is too long or too large", start);
      }
      if (byte < 0x80) return byte & 0x40 ? value - 2 ** (shift + 7) : value;
    }
  }

  /** An index where negative numbers mean something else. */
  index33(): number {
    const start = this.at;
    const index = this.s33();
    if (index < 0) throw this.malformed("a negative index", start);
    return index;
  }

  /** Whole number of either sign that `ByteWriter.zigzag` has written. */
  zigzag(): number {
    const value = this.u32();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Skips an integer of at most so many bytes; whether its last bits are right is for the compiler to say. */
  skipInteger(max: number): void {
    const start = this.at;
    for (let length = 1; this.byte() >= 0x80; length++)
      if (length === max) throw this.malformed("an integer is too long", start);
  }

  /** Number of elements, of at least one byte each, that follow. */
  count(): number {
    const start = this.at;
    const count = this.u32();
    if (count > this.end - this.at) throw this.malformed(`a vector of ${count} elements does not fit`, start);
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
    if (present > 1) throw this.malformed("expected 0x00 or 0x01 before an optional part", start);
    return present ? value() : undefined;
  }

  name(): string {
    const length = this.u32();
    const start = this.at;
    this.skip(length);
    this.meter?.check("nameBytes", length, start);
    const ascii = length > shortName ? undefined : this.#ascii(start);
    if (ascii !== undefined) return ascii;
    try {
      return utf8.decode(this.bytes.subarray(start, this.at));
    } catch {
      throw this.malformed("a name is not valid UTF-8", start);
    }
  }

  #ascii(start: number): string | undefined {
    const { bytes, at } = this;
    let text = "";
    for (let i = start; i < at; i++) {
      const byte = bytes[i]!;
      if (byte >= 0x80) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }
}
