import { cellBounds } from "../../bounds/cell-bounds.ts";
import type { Sink } from "./streams.ts";

/** UTF-16 code units of a line that are kept: more than are shown, so that a secret at the cut is seen whole. */
const maxLineLength = 16_384;
/** Lines of one write that are given. A line costs the host far more than the byte that the guest writes for it. */
export const maxLinesAtOnce = cellBounds.logLines.value;

/**
 * Makes lines of what is written to an output stream: UTF-8 wherever it is cut (what is none becomes U+FFFD), ended by
 * a newline or `flush`. Of a line that is too long the beginning is given, and how many UTF-16 code units are missing;
 * the same for a write of too many lines.
 */
export class LineWriter implements Sink {
  readonly #line: (line: string, more: number) => void;
  #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #kept = "";
  #cut = 0;
  #open = false;

  /** `line` gets what was kept of each, and how many UTF-16 code units were not. */
  constructor(line: (line: string, more: number) => void) {
    this.#line = line;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#open = true;
    this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Ends the last line if there is one. */
  flush(): void {
    // The decoder may hold the beginning of a letter though no line has begun.
    this.#take(this.#decoder.decode());
    if (this.#open) this.#end();
  }

  #take(text: string): void {
    let from = 0;
    let lines = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
      if (++lines <= maxLinesAtOnce) {
        this.#append(text.slice(from, at));
        this.#end();
      }
      from = at + 1;
    }
    if (lines > maxLinesAtOnce) this.#line(`… (${lines - maxLinesAtOnce} more lines)`, 0);
    this.#append(text.slice(from));
    if (from < text.length) this.#open = true;
  }

  #append(text: string): void {
    const room = maxLineLength - this.#kept.length;
    this.#kept += text.slice(0, room);
    this.#cut += Math.max(0, text.length - room);
  }

  #end(): void {
    const [line, more] = [this.#kept, this.#cut];
    this.#kept = "";
    this.#cut = 0;
    this.#open = false;
    this.#line(more > 0 ? line : line.replace(/\r$/, ""), more);
  }
}
