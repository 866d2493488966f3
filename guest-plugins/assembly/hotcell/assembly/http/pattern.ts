// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { decoded, utf8 } from "./texts";

const SLASH: i32 = 0x2f;
const COLON: i32 = 0x3a;
const STAR: i32 = 0x2a;
const digits = "0123456789ABCDEF";

/**
 * Path of a route: texts as they are, `:name` for one segment that is not empty, and a `*` at the end for the rest. What
 * ends in `/*` takes the path before it too. A match writes nothing down: a parameter is looked for when it is asked for.
 */
@final export class Pattern {
  /** Letters before the first parameter or `*`: most paths that don't match differ in these. */
  private plain: i32;

  /** As paths come: other letters than those of ASCII are percent-encoded. */
  readonly text: string;

  constructor(path: string) {
    const text = encoded(path);
    this.text = text;
    assert(text.startsWith("/"), "a path begins with /: " + text);
    const star = text.indexOf("*");
    assert(star < 0 || star == text.length - 1, "a * stands at the end of a path: " + text);
    const colon = text.indexOf("/:");
    this.plain = colon >= 0 ? colon + 1 : star >= 0 ? star : text.length;
  }

  matches(path: string): bool {
    const plain = this.plain;
    if (plain == this.text.length) return path == this.text;
    if (path.length < plain) return path.length == plain - 1 && this.isRestAt(path.length) && this.text.startsWith(path);
    if (memory.compare(changetype<usize>(path), changetype<usize>(this.text), <usize>plain << 1) != 0) return false;
    return this.walk(path, null) != null;
  }

  /** What stands in the path in place of `:name` or of `*`, decoded; null where the pattern has no such. */
  parameter(path: string, name: string): string | null {
    return this.walk(path, name);
  }

  /** Goes through both from where they may differ. Gives the parameter asked for, "" for a match where none is, or null. */
  private walk(path: string, name: string | null): string | null {
    const text = this.text;
    const length = text.length;
    const end = path.length;
    let at = this.plain;
    let here = min(at, end);
    while (at < length) {
      const code = text.charCodeAt(at);
      if (code == STAR) return name === null ? "" : name == "*" ? decoded(path, here, end, false) : null;
      if (code == COLON && text.charCodeAt(at - 1) == SLASH) {
        const nameEnd = segmentEnd(text, at + 1);
        const valueEnd = segmentEnd(path, here);
        if (valueEnd == here) return null;
        if (name !== null && isAt(text, at + 1, nameEnd, name)) return decoded(path, here, valueEnd, false);
        at = nameEnd;
        here = valueEnd;
        continue;
      }
      // The `/` before a `*` may be missing along with the rest.
      if (here == end) return name === null && this.isRestAt(at) ? "" : null;
      if (path.charCodeAt(here) != code) return null;
      at++;
      here++;
    }
    return name === null && here == end ? "" : null;
  }

  private isRestAt(at: i32): bool {
    return at == this.text.length - 2 && this.text.charCodeAt(at) == SLASH && this.text.charCodeAt(at + 1) == STAR;
  }
}

function encoded(path: string): string {
  let text = "";
  const bytes = utf8(path);
  for (let i = 0; i < bytes.length; i++) {
    const byte: i32 = bytes[i];
    text += byte < 0x80 ? String.fromCharCode(byte) : "%" + digits.charAt(byte >> 4) + digits.charAt(byte & 15);
  }
  return text;
}

function segmentEnd(text: string, from: i32): i32 {
  let at = from;
  while (at < text.length && text.charCodeAt(at) != SLASH) at++;
  return at;
}

function isAt(text: string, from: i32, to: i32, part: string): bool {
  if (part.length != to - from) return false;
  return memory.compare(changetype<usize>(text) + (<usize>from << 1), changetype<usize>(part), <usize>part.length << 1) == 0;
}
