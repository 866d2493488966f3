/**
 * Strings from one component instance to another. Which allocations the receiver sees depends on the sender's
 * encoding (CanonicalABI.md, `store_string_into_range`): memory is asked for before the string has been looked at,
 * and made to fit afterwards.
 */
import type { StringEncoding } from "../../component/component-type.ts";
import type { Context } from "./context.ts";
import {
  isLatin1,
  type LiftString,
  type LowerString,
  liftString,
  lowered,
  lowerString,
  utf16Tag,
} from "./strings.ts";

/** Set by the sender for the string it lifted last: Latin-1 text that came as utf16 in latin1+utf16. */
class Widened {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Gives a string, or a Widened one, which only `lowerFromSibling` sees. */
export function liftForSibling(encoding: StringEncoding): LiftString {
  const lift = liftString[encoding];
  if (encoding !== "latin1+utf16") return lift;
  return (cx, pointer, length) => {
    const text = lift(cx, pointer, length);
    return length >= utf16Tag && isLatin1(text) ? (new Widened(text) as unknown as string) : text;
  };
}

export function lowerFromSibling(from: StringEncoding, to: StringEncoding): LowerString {
  const store = lowerers[to](from);
  return (cx, value: string | Widened) =>
    typeof value === "string" ? store(cx, value, false) : store(cx, value.text, true);
}

type Transcode = (cx: Context, text: string, widened: boolean) => number;

const lowerers: Readonly<Record<StringEncoding, (from: StringEncoding) => Transcode>> = {
  utf8: (from) => (from === "utf8" ? lowerString.utf8 : toUtf8(from)),
  utf16: (from) => (from === "utf8" ? utf8ToUtf16 : lowerString.utf16),
  "latin1+utf16": (from) => (from === "latin1+utf16" ? compactToCompact : toCompact(from)),
};

/** `store_string_to_utf8` */
function toUtf8(from: "utf16" | "latin1+utf16"): Transcode {
  return (cx, text, widened) => {
    const units = text.length;
    const size = Buffer.byteLength(text, "utf8");
    let pointer = cx.allocate(1, units);
    if (size > units) {
      const worst = units * (from === "latin1+utf16" && !widened && isLatin1(text) ? 2 : 3);
      pointer = cx.reallocate(pointer, units, 1, worst);
      if (worst > size) pointer = cx.reallocate(pointer, worst, 1, size);
    }
    cx.buffer.write(text, pointer, size, "utf8");
    lowered.length = size;
    return pointer;
  };
}

/** `store_utf8_to_utf16` */
const utf8ToUtf16: Transcode = (cx, text) => {
  const worst = 2 * Buffer.byteLength(text, "utf8");
  const size = 2 * text.length;
  let pointer = cx.allocate(2, worst);
  if (size < worst) pointer = cx.reallocate(pointer, worst, 2, size);
  cx.buffer.write(text, pointer, size, "utf16le");
  lowered.length = text.length;
  return pointer;
};

/** `store_string_to_latin1_or_utf16` */
function toCompact(from: "utf8" | "utf16"): Transcode {
  return (cx, text) => {
    const units = from === "utf8" ? Buffer.byteLength(text, "utf8") : text.length;
    let pointer = cx.allocate(2, units);
    if (isLatin1(text)) {
      if (text.length < units) pointer = cx.reallocate(pointer, units, 2, text.length);
      return writeLatin1(cx, text, pointer);
    }
    const worst = 2 * units;
    const size = 2 * text.length;
    pointer = cx.reallocate(pointer, units, 2, worst);
    if (worst > size) pointer = cx.reallocate(pointer, worst, 2, size);
    return writeTagged(cx, text, pointer);
  };
}

/** `store_string_copy` of Latin-1, or `store_probably_utf16_to_latin1_or_utf16` */
const compactToCompact: Transcode = (cx, text, widened) => {
  if (widened) {
    const pointer = cx.allocate(2, 2 * text.length);
    return writeLatin1(cx, text, cx.reallocate(pointer, 2 * text.length, 1, text.length));
  }
  if (isLatin1(text)) return writeLatin1(cx, text, cx.allocate(2, text.length));
  return writeTagged(cx, text, cx.allocate(2, 2 * text.length));
};

function writeLatin1(cx: Context, text: string, pointer: number): number {
  cx.buffer.write(text, pointer, text.length, "latin1");
  lowered.length = text.length;
  return pointer;
}

function writeTagged(cx: Context, text: string, pointer: number): number {
  cx.buffer.write(text, pointer, 2 * text.length, "utf16le");
  lowered.length = text.length + utf16Tag;
  return pointer;
}
