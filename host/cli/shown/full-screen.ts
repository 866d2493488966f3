/** The whole terminal, for a view that is drawn again and again; what stood there before is back when it ends. */

import process from "node:process";
import { type LinePiece, painted } from "../terminal.ts";

/** Other screen of the terminal, no cursor, no wrapping of lines that are too long; and back. */
const enter = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const leave = "\x1b[?7h\x1b[?25h\x1b[?1049l";

export class FullScreen implements Disposable {
  readonly #key: (data: Buffer) => void;
  readonly #resized: () => void;
  readonly #restore = () => process.stdout.write(leave);

  /** `key` is told what is typed, Ctrl-C as `ctrl-c`; `resized`, that the terminal has another size. */
  constructor(key: (name: string) => void, resized: () => void) {
    this.#key = (data) => {
      for (const each of data.toString()) key(each === "\x03" ? "ctrl-c" : each);
    };
    this.#resized = resized;
    process.stdout.write(enter);
    // Whatever ends the process.
    process.once("exit", this.#restore);
    process.stdin.setRawMode(true);
    process.stdin.on("data", this.#key);
    process.stdin.resume();
    process.stdout.on("resize", this.#resized);
  }

  get columns(): number {
    return process.stdout.columns;
  }

  get rows(): number {
    return process.stdout.rows;
  }

  /** Draws lines from the top, as many as there is room for, in one write. */
  draw(lines: readonly (readonly LinePiece[])[]): void {
    const shown = lines.slice(0, this.rows).map((line) => `${painted(line, process.stdout)}\x1b[K`);
    process.stdout.write(`\x1b[H${shown.join("\r\n")}\x1b[J`);
  }

  [Symbol.dispose](): void {
    process.stdout.off("resize", this.#resized);
    process.stdin.off("data", this.#key);
    process.stdin.setRawMode(false);
    process.stdin.pause();
    process.off("exit", this.#restore);
    this.#restore();
  }
}
