import { Kind, Token } from "authors:tokens/types@1.0.0";

/** The resource `tokenizer`. */
export class Tokenizer {
  private at: i32 = 0;
  private ahead: Token | null = null;

  constructor(readonly text: string) {}

  next(): Token | null {
    const token = this.peek();
    if (token) this.at = token.at + token.text.length;
    this.ahead = null;
    return token;
  }

  /** Throws where no token begins. */
  peek(): Token | null {
    if (this.ahead == null) this.ahead = this.read();
    return this.ahead;
  }

  position(): u32 {
    return this.at;
  }

  private read(): Token | null {
    let start = this.at;
    while (start < this.text.length && this.text.charCodeAt(start) <= 0x20) start++;
    if (start >= this.text.length) return null;
    const first = this.text.charCodeAt(start);
    let end = start + 1;
    let kind = Kind.Operator;
    if (isDigit(first)) {
      kind = Kind.Number;
      while (end < this.text.length && (isDigit(this.text.charCodeAt(end)) || this.text.charAt(end) == ".")) end++;
    } else if (isLetter(first)) {
      kind = Kind.Name;
      while (end < this.text.length && (isLetter(this.text.charCodeAt(end)) || isDigit(this.text.charCodeAt(end)))) end++;
    } else if (first == 0x28) {
      kind = Kind.Open;
    } else if (first == 0x29) {
      kind = Kind.Close;
    } else if (!"+-*/^".includes(this.text.charAt(start))) {
      throw new Error("no token begins with " + this.text.charAt(start) + " at " + start.toString()); // trap
    }
    return new Token(kind, this.text.substring(start, end), start);
  }
}

export function isDigit(c: i32): bool {
  return c >= 0x30 && c <= 0x39;
}

export function isLetter(c: i32): bool {
  return (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a) || c == 0x5f;
}
