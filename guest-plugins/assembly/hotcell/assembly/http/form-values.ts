// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { decoded } from "./texts";

/** Names and values as a query or a form has them: `q=a+b&page=2`. Nothing is decoded before it is asked for. */
@final export class FormValues {
  constructor(private text: string) {}

  /** The first value of that name; null where there is none. */
  get(name: string): string | null {
    const at = this.find(name, 0);
    return at < 0 ? null : this.valueAt(at);
  }

  /** All values of that name, in their order. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (let at = this.find(name, 0); at >= 0; at = this.find(name, this.pairEnd(at) + 1)) values.push(this.valueAt(at));
    return values;
  }

  has(name: string): bool {
    return this.find(name, 0) >= 0;
  }

  /** Names in their order, each once. */
  names(): string[] {
    const names: string[] = [];
    for (let at = 0; at < this.text.length; at = this.pairEnd(at) + 1) {
      const end = this.pairEnd(at);
      if (end == at) continue;
      const name = decoded(this.text, at, this.nameEnd(at, end), true);
      if (!names.includes(name)) names.push(name);
    }
    return names;
  }

  toString(): string {
    return this.text;
  }

  /** Where the next pair of that name begins; -1 where there is none. */
  private find(name: string, from: i32): i32 {
    const length = this.text.length;
    for (let at = from; at < length; ) {
      const end = this.pairEnd(at);
      if (end > at && decoded(this.text, at, this.nameEnd(at, end), true) == name) return at;
      at = end + 1;
    }
    return -1;
  }

  private valueAt(at: i32): string {
    const end = this.pairEnd(at);
    return decoded(this.text, min(this.nameEnd(at, end) + 1, end), end, true);
  }

  private pairEnd(at: i32): i32 {
    const end = this.text.indexOf("&", at);
    return end < 0 ? this.text.length : end;
  }

  private nameEnd(at: i32, end: i32): i32 {
    const mark = this.text.indexOf("=", at);
    return mark < 0 || mark > end ? end : mark;
  }
}
