// @ts-nocheck: AssemblyScript, of which editors need the signatures only.

const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;

/** A text as JSON writes it, quotes around it. */
export function quoted(text: string): string {
  let from = 0;
  let out = '"';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x20 && code != QUOTE && code != BACKSLASH) continue;
    out += text.substring(from, i) + escapeOf(code);
    from = i + 1;
  }
  return out + (from ? text.substring(from) : text) + '"';
}

function escapeOf(code: i32): string {
  switch (code) {
    case QUOTE:
      return '\\"';
    case BACKSLASH:
      return "\\\\";
    case 0x08:
      return "\\b";
    case 0x09:
      return "\\t";
    case 0x0a:
      return "\\n";
    case 0x0c:
      return "\\f";
    case 0x0d:
      return "\\r";
    default:
      return "\\u00" + (code < 0x10 ? "0" : "1") + "0123456789abcdef".charAt(code & 15);
  }
}

/** The text between two quotes at `from` and `to`, escapes undone; null where one of them is none. */
export function unquoted(text: string, from: i32, to: i32): string | null {
  let out = "";
  let plain = from;
  for (let i = from; i < to; i++) {
    if (text.charCodeAt(i) != BACKSLASH) continue;
    out += text.substring(plain, i);
    const code = text.charCodeAt(++i);
    if (code == 0x75) {
      if (i + 4 >= to) return null;
      let unit = 0;
      for (let at = i + 1; at <= i + 4; at++) {
        const digit = hexDigit(text.charCodeAt(at));
        if (digit < 0) return null;
        unit = (unit << 4) | digit;
      }
      out += String.fromCharCode(unit);
      i += 4;
    } else {
      const plainCode = unescaped(code);
      if (plainCode < 0) return null;
      out += String.fromCharCode(plainCode);
    }
    plain = i + 1;
  }
  return out + text.substring(plain, to);
}

function unescaped(code: i32): i32 {
  switch (code) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f:
      return code;
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return -1;
  }
}

function hexDigit(code: i32): i32 {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
