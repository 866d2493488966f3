// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { unquoted } from "./json-text";
import { Json } from "./json-value";

/** Deepest nesting: each level takes some of the stack. */
const MAX_DEPTH: i32 = 200;

/** Reads JSON as RFC 8259 has it: a part of the text that is none ends with null. */
@final export class JsonReader {
  private at: i32 = 0;

  constructor(private text: string) {}

  value(depth: i32): Json | null {
    this.space();
    const code = this.peek();
    switch (code) {
      case 0x7b:
        return depth < MAX_DEPTH ? this.object(depth) : null;
      case 0x5b:
        return depth < MAX_DEPTH ? this.array(depth) : null;
      case 0x22: {
        const text = this.string();
        return text === null ? null : Json.string(text);
      }
      case 0x74:
        return this.word("true") ? Json.of<bool>(true) : null;
      case 0x66:
        return this.word("false") ? Json.of<bool>(false) : null;
      case 0x6e:
        return this.word("null") ? Json.null : null;
      default:
        return this.number();
    }
  }

  isAtEnd(): bool {
    this.space();
    return this.at == this.text.length;
  }

  private object(depth: i32): Json | null {
    const object = Json.object();
    this.at++;
    this.space();
    if (this.take(0x7d)) return object;
    do {
      this.space();
      const key = this.peek() == 0x22 ? this.string() : null;
      if (key === null) return null;
      this.space();
      if (!this.take(0x3a)) return null;
      const value = this.value(depth + 1);
      if (value === null) return null;
      object.set<Json>(key, value);
      this.space();
    } while (this.take(0x2c));
    return this.take(0x7d) ? object : null;
  }

  private array(depth: i32): Json | null {
    const array = Json.array();
    this.at++;
    this.space();
    if (this.take(0x5d)) return array;
    do {
      const value = this.value(depth + 1);
      if (value === null) return null;
      array.push<Json>(value);
      this.space();
    } while (this.take(0x2c));
    return this.take(0x5d) ? array : null;
  }

  private string(): string | null {
    const text = this.text;
    const from = ++this.at;
    let escapes = false;
    for (let i = from; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x20) return null;
      if (code == 0x5c) {
        escapes = true;
        i++;
      } else if (code == 0x22) {
        this.at = i + 1;
        return escapes ? unquoted(text, from, i) : text.substring(from, i);
      }
    }
    return null;
  }

  private number(): Json | null {
    const from = this.at;
    this.take(0x2d);
    if (!this.take(0x30) && !this.digits()) return null;
    if (this.take(0x2e) && !this.digits()) return null;
    if (this.take(0x65) || this.take(0x45)) {
      if (!this.take(0x2b)) this.take(0x2d);
      if (!this.digits()) return null;
    }
    const written = this.text.substring(from, this.at);
    return Json.numberOf(parseFloat(written), written);
  }

  private digits(): bool {
    const from = this.at;
    for (let code = this.peek(); code >= 0x30 && code <= 0x39; code = this.peek()) this.at++;
    return this.at > from;
  }

  private word(word: string): bool {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private take(code: i32): bool {
    if (this.peek() != code) return false;
    this.at++;
    return true;
  }

  private peek(): i32 {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }

  private space(): void {
    for (let code = this.peek(); code == 0x20 || code == 0x0a || code == 0x0d || code == 0x09; code = this.peek()) this.at++;
  }
}
