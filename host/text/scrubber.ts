import { Automaton } from "./automaton.ts";
import { cutText, struck } from "./cut.ts";

/** A secret shorter than this would be found in words that have nothing to do with it. */
const minSecret = 4;

/**
 * Strikes secrets out of texts: each as it is, each of its lines, these without space around them too, and as JSON escapes it. In one pass, whatever the
 * number and size of the secrets. What is to be shortened too is scrubbed first: `excerpt` does both.
 */
export class Scrubber {
  #wanted: readonly string[] = [];
  #longest = 0;
  /** Made for the first text. */
  #automaton: Automaton | undefined;

  constructor(secrets: readonly string[]) {
    this.learn(secrets);
  }

  /** UTF-16 code units of the longest text that is looked for; 0 where none is. */
  get longest(): number {
    return this.#longest;
  }

  /** Strikes these out too, from now on. */
  learn(secrets: readonly string[]): void {
    const lines = secrets.flatMap((secret) => [secret, ...secret.split(/\r\n|\r|\n/)]);
    const parts = lines.flatMap((line) => [line, line.trim()]);
    const wanted = parts.flatMap((part) => [part, escaped(part)]).filter((part) => part.length >= minSecret);
    this.#wanted = [...new Set([...this.#wanted, ...wanted])];
    this.#longest = this.#wanted.reduce((most, { length }) => Math.max(most, length), 0);
    this.#automaton = undefined;
  }

  /** Bytes that it keeps once it has been used, about. */
  get bytes(): number {
    return Automaton.bytesFor(this.#wanted);
  }

  /** The text with `[secret]` for all that any secret covers. */
  scrub(text: string): string {
    return this.#struckOut(text, 0, text.length);
  }

  /** Scrubbed beginning of a text that goes on: without what may be the beginning of a secret at its end. */
  scrubBeginning(text: string): string {
    return this.#struckOut(text, 0, text.length - this.#begun(text));
  }

  /** Scrubbed end of a text that had begun before: without what may be the end of a secret at its beginning. */
  scrubEnding(text: string): string {
    return this.#struckOut(text, Math.max(0, this.longest - 1), text.length);
  }

  /**
   * The beginning of a scrubbed text, at most `most` UTF-16 code units, and an ellipsis where more would follow.
   * Reads as little of the text as will do; `goesOn` where that is a beginning itself, which may end within a secret.
   */
  excerpt(text: string, most: number, goesOn = false): string {
    const window = text.slice(0, this.window(most));
    if (window.length === text.length && !goesOn) return cutText(this.scrub(text), most);
    const scrubbed = this.scrubBeginning(window);
    return scrubbed.length > most ? cutText(scrubbed, most) : `${scrubbed.replace(/[\ud800-\udbff]$/, "")}…`;
  }

  /** UTF-16 code units that are enough for an excerpt of `most`. */
  window(most: number): number {
    return most + this.longest;
  }

  /** Number of units at its end that may be the beginning of a secret in which the text was cut. */
  #begun(text: string): number {
    if (this.longest === 0) return 0;
    this.#automaton ??= new Automaton(this.#wanted);
    return this.#automaton.begun(text);
  }

  #struckOut(text: string, start: number, end: number): string {
    if (this.longest === 0 || text.length < minSecret) return text.slice(start, end);
    this.#automaton ??= new Automaton(this.#wanted);
    let result = "";
    let at = start;
    for (const { from, to } of this.#automaton.find(text)) {
      if (from >= end) break;
      if (to <= start || standsForOne(text, from, to)) continue;
      result += text.slice(at, from) + struck;
      at = to;
    }
    return result + text.slice(at, Math.max(at, end));
  }
}

/** A secret may be a part of the word that stands for it: what was scrubbed before stays as it is. */
function standsForOne(text: string, from: number, to: number): boolean {
  const at = struck.indexOf(text.slice(from, to));
  return at >= 0 && text.startsWith(struck, from - at);
}

/** Text as it stands inside a JSON string. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
