// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { utf8 } from "../http/texts";

/**
 * A URL of `http` or `https`, as far as a request needs it. What may not stand in a path is encoded (`é` becomes `%C3%A9`), so
 * that a link that was found somewhere can be asked for; what stands there encoded stays as it is.
 */
@final export class Url {
  isValid: bool;
  isSecure: bool;
  authority: string = "";
  /** Path and query. */
  target: string = "/";

  constructor(private text: string) {
    const mark = text.indexOf("://");
    const scheme = mark < 0 ? "" : text.substring(0, mark).toLowerCase();
    this.isSecure = scheme == "https";
    this.isValid = this.isSecure || scheme == "http";
    if (this.isValid) this.split(mark + 3);
  }

  private split(from: i32): void {
    const text = this.text;
    let at = from;
    while (at < text.length && !endsAuthority(text.charCodeAt(at))) at++;
    this.authority = text.substring(from, at);
    if (at == from) this.isValid = false;
    const fragment = text.indexOf("#", at);
    const rest = text.substring(at, fragment < 0 ? text.length : fragment);
    this.target = encoded(rest.startsWith("/") ? rest : "/" + rest);
  }

  /** What of it may stand in messages: no password, no path and no query. Of what is none, all. */
  get shown(): string {
    if (!this.isValid) return this.text;
    return (this.isSecure ? "https://" : "http://") + this.authority.substring(this.authority.lastIndexOf("@") + 1);
  }
}

/** One of `/?#\\`. */
function endsAuthority(code: i32): bool {
  return code == 0x2f || code == 0x3f || code == 0x23 || code == 0x5c;
}

/** With everything in it encoded that is no visible letter of ASCII. */
function encoded(text: string): string {
  let plain = true;
  for (let i = 0; plain && i < text.length; i++) plain = isVisible(text.charCodeAt(i));
  if (plain) return text;
  const bytes = utf8(text);
  let all = "";
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    all += isVisible(byte) ? String.fromCharCode(byte) : "%" + (byte < 16 ? "0" : "") + byte.toString(16).toUpperCase();
  }
  return all;
}

function isVisible(code: i32): bool {
  return code > 0x20 && code < 0x7f;
}
