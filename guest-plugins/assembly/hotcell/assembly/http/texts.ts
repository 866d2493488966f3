// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
/** Texts and the bytes that HTTP has for them. */

/** The text as UTF-8; half of a surrogate pair becomes U+FFFD. */
export function utf8(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE));
}

/** UTF-8 as text; what is none of it becomes U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return decodedUtf8(bytes.dataStart, bytes.length);
}

/**
 * UTF-8 as text. What is none of it becomes U+FFFD, as the Encoding standard has it: AssemblyScript's own decoder makes texts
 * of it that no host takes.
 */
function decodedUtf8(from: usize, length: i32): string {
  const end = from + length;
  const text = __new(<usize>length << 1, idof<string>());
  let out = text;
  while (from < end) {
    let code: i32 = load<u8>(from++);
    if (code >= 0x80) {
      // How many bytes follow, and what the first of them can be.
      let more = code >= 0xc2 && code <= 0xdf ? 1 : (code & 0xf0) == 0xe0 ? 2 : code >= 0xf0 && code <= 0xf4 ? 3 : 0;
      let least = code == 0xe0 ? 0xa0 : code == 0xf0 ? 0x90 : 0x80;
      let most = code == 0xed ? 0x9f : code == 0xf4 ? 0x8f : 0xbf;
      code = more ? code & (0x3f >> more) : 0xfffd;
      for (; more; more--) {
        const next: i32 = from < end ? load<u8>(from) : 0;
        if (next < least || next > most) {
          code = 0xfffd;
          break;
        }
        code = (code << 6) | (next & 0x3f);
        least = 0x80;
        most = 0xbf;
        from++;
      }
      if (code > 0xffff) {
        store<u16>(out, 0xd7c0 + (code >> 10));
        out += 2;
        code = 0xdc00 | (code & 0x3ff);
      }
    }
    store<u16>(out, code);
    out += 2;
  }
  return changetype<string>(__renew(text, out - text));
}

/** Compares as names of header fields are: letters of ASCII in either case. */
export function sameName(a: string, b: string): bool {
  const length = a.length;
  if (length != b.length) return false;
  for (let i = 0; i < length; i++) {
    if (lower(a.charCodeAt(i)) != lower(b.charCodeAt(i))) return false;
  }
  return true;
}

function lower(code: i32): i32 {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
}

const PERCENT: i32 = 0x25;
const PLUS: i32 = 0x2b;

/**
 * A part of a path or a query, decoded: `%XX` are bytes of UTF-8, and `+` is a space where `plus` says so. Unlike
 * `decodeURIComponent` it takes whatever clients send: a `%` without two digits stands for itself.
 */
export function decoded(text: string, from: i32, to: i32, plus: bool): string {
  let i = from;
  for (; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code == PERCENT || (plus && code == PLUS)) break;
  }
  if (i == to) return text.substring(from, to);
  const bytes = String.UTF8.encode(text.substring(from, to), false, String.UTF8.ErrorMode.REPLACE);
  const start = changetype<usize>(bytes);
  const end = start + bytes.byteLength;
  let write = start;
  for (let read = start; read < end; read++) {
    let byte = load<u8>(read);
    if (byte == PERCENT && read + 2 < end) {
      const high = digit(load<u8>(read + 1));
      const low = digit(load<u8>(read + 2));
      if ((high | low) >= 0) {
        byte = <u8>((high << 4) | low);
        read += 2;
      }
    } else if (plus && byte == PLUS) {
      byte = 0x20;
    }
    store<u8>(write++, byte);
  }
  return decodedUtf8(start, <i32>(write - start));
}

/** The value of a hexadecimal digit, or -1. */
function digit(code: i32): i32 {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
