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

  /** `key` is told what is typed: letters as they are, other keys by their names; `resized`, that the terminal has another size. */
  constructor(key: (name: string) => void, resized: () => void) {
    this.#key = (data) => {
      for (const each of keysOf(data.toString())) key(each);
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

const keyNames: Readonly<Record<string, string>> = {
  "\x03": "ctrl-c",
  "\r": "enter",
  "\n": "enter",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x1b": "escape",
  "\x1b[A": "up",
  "\x1b[B": "down",
  "\x1b[5~": "page-up",
  "\x1b[6~": "page-down",
  "\x1b[H": "home",
  "\x1b[1~": "home",
  "\x1b[F": "end",
  "\x1b[4~": "end",
};

/** Keys of what a terminal sends, by their names; those without one are left out where they are no letters. */
function keysOf(typed: string): string[] {
  const keys = typed.match(/\p{Cc}[[O][\d;]*[A-Za-z~]|./gsu) ?? [];
  return (
    keys
      // As a terminal in application mode has the arrows.
      .map((key) => key.replace(/^(\p{Cc})O/u, "$1["))
      .map((key) => keyNames[key] ?? key)
      .filter((key) => !/^\p{Cc}/u.test(key))
  );
}
