/**
 * Strings in the three encodings (CanonicalABI.md, `load_string_from_range` and `store_string_into_range`).
 *
 * Short ones are copied by loops, longer ones by Buffer's native codecs, which cost about 0.1 µs to call. A loop
 * pays off up to the lengths below, measured on Node 26.
 *
 * Lowered strings are well-formed: arguments and results of host functions are checked before they get here, and
 * lifting traps on what is not.
 */
import type { StringEncoding } from "../../component/component-type.ts";
import { lifting } from "../../fuel-prices.ts";
import { findCommonName } from "../../text/common-texts.ts";
import { trap } from "../abi-trap.ts";
import type { Context } from "./context.ts";

/** `length` is in code units, tagged for latin1+utf16, as the guest has it. */
export type LiftString = (cx: Context, pointer: number, length: number) => string;
/** Returns the pointer; the tagged length is in `lowered.length`. */
export type LowerString = (cx: Context, value: string) => number;

/** Second result of LowerString, so that lowering allocates nothing. */
export const lowered = { length: 0 };

const maxBytes = 2 ** 28 - 1;
/** Mark in the length of a latin1+utf16 string that is utf16. */
export const utf16Tag = 0x8000_0000;

const shortLift = 9;
const shortLower = 20;

const { fromCharCode } = String;

export const liftString: Record<StringEncoding, LiftString> = {
  utf8: liftUtf8,
  utf16: liftUtf16,
  "latin1+utf16": (cx, pointer, length) => {
    if (length >= utf16Tag) return liftUtf16(cx, pointer, length - utf16Tag);
    if ((pointer & 1) !== 0) trap("unaligned pointer");
    return liftLatin1(cx, pointer, length);
  },
};

export const lowerString: Record<StringEncoding, LowerString> = {
  utf8: lowerUtf8,
  utf16: lowerUtf16,
  "latin1+utf16": (cx, value) => {
    if (isLatin1(value)) return lowerLatin1(cx, value);
    const pointer = lowerUtf16(cx, value);
    lowered.length += utf16Tag;
    return pointer;
  },
};

export function isLatin1(text: string): boolean {
  // On a string that V8 holds in one byte a character this looks at nothing.
  return !/[^\0-\xff]/.test(text);
}

function checkRange(cx: Context, pointer: number, bytes: number): void {
  if (bytes > maxBytes) trap(`a string of ${bytes} bytes is longer than ${maxBytes}`);
  if (pointer + bytes > cx.u8.length) trap("a string that lies outside its memory");
  cx.meter.lift(bytes, lifting.string + bytes * lifting.perByte);
}

function liftUtf16(cx: Context, pointer: number, length: number): string {
  const bytes = length * 2;
  if ((pointer & 1) !== 0) trap("unaligned pointer");
  checkRange(cx, pointer, bytes);
  const common = findCommonName(cx.u16, pointer >>> 1, length);
  if (common !== undefined) return common;
  if (length > shortLift) return wellFormed(cx.buffer.toString("utf16le", pointer, pointer + bytes));
  const { u16 } = cx;
  const first = pointer >>> 1;
  let text = "";
  let surrogates = false;
  for (let i = 0; i < length; i++) {
    const unit = u16[first + i]!;
    if ((unit & 0xf800) === 0xd800) surrogates = true;
    text += fromCharCode(unit);
  }
  return surrogates ? wellFormed(text) : text;
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) trap("invalid utf-16: unpaired surrogate");
  return text;
}

function lowerUtf16(cx: Context, value: string): number {
  const { length } = value;
  const bytes = length * 2;
  if (bytes > maxBytes) trap(`a string of ${bytes} bytes is longer than ${maxBytes}`);
  const pointer = cx.allocate(2, bytes);
  if (length > shortLower) {
    cx.buffer.write(value, pointer, bytes, "utf16le");
  } else {
    const { u16 } = cx;
    const first = pointer >>> 1;
    for (let i = 0; i < length; i++) u16[first + i] = value.charCodeAt(i);
  }
  lowered.length = length;
  return pointer;
}

function liftLatin1(cx: Context, pointer: number, length: number): string {
  checkRange(cx, pointer, length);
  if (length > shortLift) return cx.buffer.toString("latin1", pointer, pointer + length);
  const { u8 } = cx;
  let text = "";
  for (let i = 0; i < length; i++) text += fromCharCode(u8[pointer + i]!);
  return text;
}

function lowerLatin1(cx: Context, value: string): number {
  const { length } = value;
  if (length > maxBytes) trap(`a string of ${length} bytes is longer than ${maxBytes}`);
  const pointer = cx.allocate(2, length);
  if (length > shortLower) {
    cx.buffer.write(value, pointer, length, "latin1");
  } else {
    const { u8 } = cx;
    for (let i = 0; i < length; i++) u8[pointer + i] = value.charCodeAt(i);
  }
  lowered.length = length;
  return pointer;
}

/** Fatal, unlike Buffer's decoder, and keeps a leading U+FEFF. */
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function liftUtf8(cx: Context, pointer: number, length: number): string {
  checkRange(cx, pointer, length);
  const { u8 } = cx;
  const common = findCommonName(u8, pointer, length);
  if (common !== undefined) return common;
  if (length <= shortLift) {
    let text = "";
    let i = 0;
    for (; i < length; i++) {
      const byte = u8[pointer + i]!;
      if (byte >= 0x80) break;
      text += fromCharCode(byte);
    }
    if (i === length) return text;
  }
  const text = cx.buffer.toString("utf8", pointer, pointer + length);
  // Buffer puts U+FFFD where the bytes are no UTF-8. It may also have been there: only then look closely.
  return text.includes("\ufffd") ? decodeStrictly(u8.subarray(pointer, pointer + length)) : text;
}

function decodeStrictly(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return trap("invalid utf-8");
  }
}

const encoder = new TextEncoder();
/** Room in which strings are encoded whose length in bytes would cost as much to count as to encode. */
const scratch = Buffer.allocUnsafeSlow(96 * 1024);
const countable = 512;

function lowerUtf8(cx: Context, value: string): number {
  const { length } = value;
  if (length <= shortLower && isAscii(value)) {
    const pointer = cx.allocate(1, length);
    const { u8 } = cx;
    for (let i = 0; i < length; i++) u8[pointer + i] = value.charCodeAt(i);
    lowered.length = length;
    return pointer;
  }
  if (length <= countable) {
    const bytes = Buffer.byteLength(value, "utf8");
    const pointer = cx.allocate(1, bytes);
    cx.buffer.write(value, pointer, bytes, "utf8");
    lowered.length = bytes;
    return pointer;
  }
  const encoded =
    length * 3 <= scratch.length ? scratch.subarray(0, scratch.write(value, "utf8")) : encoder.encode(value);
  if (encoded.length > maxBytes) trap(`a string of ${encoded.length} bytes is longer than ${maxBytes}`);
  const pointer = cx.allocate(1, encoded.length);
  cx.u8.set(encoded, pointer);
  lowered.length = encoded.length;
  return pointer;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}
