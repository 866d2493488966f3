// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { decoded } from "./texts";

/** A cookie for the client to keep: what stands in a field `Set-Cookie` (RFC 6265, section 4.1). */
@final export class SetCookie {
  private attributes: string = "";

  constructor(
    readonly name: string,
    /** Any text: what a cookie can't hold is percent-encoded, which `Request#cookie` undoes. */
    readonly value: string,
  ) {
    assert(name.length > 0, "a cookie has a name");
    for (let i = 0; i < name.length; i++) assert(isToken(name.charCodeAt(i)), "a cookie's name can't have this: " + name);
  }

  path(path: string): SetCookie {
    return this.add("; Path=", path);
  }
  domain(domain: string): SetCookie {
    return this.add("; Domain=", domain);
  }
  /** Seconds from now on; 0 makes the client forget it. */
  maxAge(seconds: i32): SetCookie {
    return this.add("; Max-Age=", seconds.toString());
  }
  httpOnly(): SetCookie {
    return this.add("; HttpOnly", "");
  }
  secure(): SetCookie {
    return this.add("; Secure", "");
  }
  /** `Strict`, `Lax` or `None`. */
  sameSite(mode: string): SetCookie {
    return this.add("; SameSite=", mode);
  }
  partitioned(): SetCookie {
    return this.add("; Partitioned", "");
  }

  toString(): string {
    return this.name + "=" + encodeURIComponent(this.value) + this.attributes;
  }

  private add(attribute: string, value: string): SetCookie {
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      assert(code >= 0x20 && code < 0x7f && code != 0x3b, "a cookie can't have this" + attribute + value);
    }
    this.attributes += attribute + value;
    return this;
  }
}

/** The value of a cookie in a field `Cookie`, decoded; null where it has none of that name. */
export function cookieIn(field: string, name: string): string | null {
  const length = field.length;
  for (let at = 0; at < length; ) {
    while (at < length && field.charCodeAt(at) == 0x20) at++;
    let end = field.indexOf(";", at);
    if (end < 0) end = length;
    const mark = field.indexOf("=", at);
    if (mark >= 0 && mark < end && field.substring(at, mark) == name) {
      let from = mark + 1;
      let to = end;
      if (to - from >= 2 && field.charCodeAt(from) == 0x22 && field.charCodeAt(to - 1) == 0x22) {
        from++;
        to--;
      }
      return decoded(field, from, to, false);
    }
    at = end + 1;
  }
  return null;
}

/** Letter of a token (RFC 9110, section 5.6.2). */
function isToken(code: i32): bool {
  if (code <= 0x20 || code >= 0x7f) return false;
  return !'"(),/:;<=>?@[\\]{}'.includes(String.fromCharCode(code));
}
