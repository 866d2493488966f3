/** Start tags of a page, one after the other; comments, scripts and styles are passed over. */
@final export class Tags {
  /** In lower case. */
  name: string = "";
  private at: i32 = 0;
  /** Where the attributes of the tag begin. */
  private from: i32 = 0;

  constructor(private html: string) {}

  /** Goes to the next start tag; false where there is none. */
  next(): bool {
    const html = this.html;
    while (true) {
      const open = html.indexOf("<", this.at);
      if (open < 0) return false;
      if (html.startsWith("<!--", open)) {
        this.pass("-->", open + 4);
        continue;
      }
      let end = open + 1;
      while (end < html.length && isName(html.charCodeAt(end))) end++;
      this.at = end;
      if (end == open + 1) continue;
      this.name = html.substring(open + 1, end).toLowerCase();
      this.from = end;
      this.at = this.endOfTag(end);
      if (this.name == "script" || this.name == "style") this.pass("</" + this.name, this.at);
      return true;
    }
  }

  /** An attribute of the tag, its references to characters resolved; null where it has none of that name. */
  attribute(name: string): string | null {
    const html = this.html;
    let at = this.from;
    const end = this.at;
    while (at < end) {
      while (at < end && !isName(html.charCodeAt(at))) at++;
      const begin = at;
      while (at < end && isName(html.charCodeAt(at))) at++;
      const found = html.substring(begin, at).toLowerCase() == name;
      while (at < end && isSpace(html.charCodeAt(at))) at++;
      if (html.charCodeAt(at) != 0x3d) {
        if (found) return "";
        continue;
      }
      at++;
      while (at < end && isSpace(html.charCodeAt(at))) at++;
      const quote = html.charCodeAt(at);
      const isQuoted = quote == 0x22 || quote == 0x27;
      if (isQuoted) at++;
      const value = at;
      while (at < end && (isQuoted ? html.charCodeAt(at) != quote : !endsValue(html.charCodeAt(at)))) at++;
      if (found) return decoded(html.substring(value, at));
      at++;
    }
    return null;
  }

  /** The text up to the next tag, its spaces as one. */
  textInside(): string {
    const close = this.html.indexOf("<", this.at);
    const text = decoded(this.html.substring(this.at, close < 0 ? this.html.length : close)).trim();
    const words = text.split(" ");
    let all = "";
    for (let i = 0; i < words.length; i++) {
      const word = words[i].trim();
      if (word.length) all += (all.length ? " " : "") + word;
    }
    return all;
  }

  private pass(text: string, from: i32): void {
    const found = this.html.indexOf(text, from);
    this.at = found < 0 ? this.html.length : found + text.length;
  }

  /** After the tag's `>`, which may stand in quotes as well. */
  private endOfTag(from: i32): i32 {
    const html = this.html;
    let quote = 0;
    for (let i = from; i < html.length; i++) {
      const code = html.charCodeAt(i);
      if (quote) {
        if (code == quote) quote = 0;
      } else if (code == 0x22 || code == 0x27) quote = code;
      else if (code == 0x3e) return i + 1;
    }
    return html.length;
  }
}

function isName(code: i32): bool {
  const lower = code | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (code >= 0x30 && code <= 0x39) || code == 0x2d || code == 0x3a || code == 0x5f;
}

function isSpace(code: i32): bool {
  return code == 0x20 || (code >= 0x09 && code <= 0x0d);
}

function endsValue(code: i32): bool {
  return isSpace(code) || code == 0x3e;
}

/** With `&amp;`, `&#39;`, `&#x27;` and the like as what they stand for; others stay as they are. */
function decoded(text: string): string {
  let mark = text.indexOf("&");
  if (mark < 0) return text;
  let all = "";
  let from = 0;
  while (mark >= 0) {
    const end = text.indexOf(";", mark);
    if (end < 0) break;
    const found = end - mark < 12 ? character(text.substring(mark + 1, end)) : null;
    if (found !== null) {
      all += text.substring(from, mark) + found;
      from = end + 1;
    }
    mark = text.indexOf("&", found === null ? mark + 1 : from);
  }
  return all + text.substring(from);
}

function character(name: string): string | null {
  if (name == "amp") return "&";
  if (name == "lt") return "<";
  if (name == "gt") return ">";
  if (name == "quot") return '"';
  if (name == "apos") return "'";
  if (name == "nbsp") return " ";
  if (!name.startsWith("#")) return null;
  const isHex = name.length > 1 && (name.charCodeAt(1) | 0x20) == 0x78;
  const code = parseInt(name.substring(isHex ? 2 : 1), isHex ? 16 : 10);
  if (!(code > 0 && code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) return null;
  return String.fromCodePoint(<i32>code);
}
