/** Lines of a body that comes in pieces: none is held that is longer than it may be, however long it is. */

import type { HotcellError } from "../../errors.ts";

/** Line without its end; what it was refused with where it is too long, or where there was no room for it. */
export type Line = Uint8Array | HotcellError;

const newline = 0x0a;

export class LineSplitter {
  readonly #check: (size: number) => void;
  /** Beginning of a line whose end has yet to come. Copied: a body may come in pieces of one byte, each of which would take a hundred. */
  #begun = Buffer.alloc(0);
  #size = 0;
  /** Error of a line whose rest is thrown away. */
  #refused: HotcellError | undefined;

  /** `check` is told of each size that a line has come to, and throws where that is too much. */
  constructor(check: (size: number) => void) {
    this.#check = check;
  }

  /** Bytes of the line whose end has yet to come. */
  get size(): number {
    return this.#size;
  }

  /** Lines that end in a piece. */
  *push(piece: Uint8Array): Generator<Line> {
    let from = 0;
    for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, from)) {
      yield this.#whole(piece.subarray(from, end));
      from = end + 1;
    }
    this.#keep(piece.subarray(from));
  }

  /** Rest after the last line's end; undefined where nothing came. */
  last(): Line | undefined {
    return this.#size > 0 || this.#refused ? this.#whole(new Uint8Array()) : undefined;
  }

  #whole(rest: Uint8Array): Line {
    if (this.#size === 0 && !this.#refused) return this.#checked(rest);
    this.#keep(rest);
    const line = this.#refused ?? this.#begun.subarray(0, this.#size);
    this.#begun = Buffer.alloc(0);
    this.#size = 0;
    this.#refused = undefined;
    return line;
  }

  #checked(line: Uint8Array): Line {
    try {
      this.#check(line.byteLength);
      return line;
    } catch (error) {
      return error as HotcellError;
    }
  }

  #keep(part: Uint8Array): void {
    if (this.#refused || part.byteLength === 0) return;
    const size = this.#size + part.byteLength;
    try {
      this.#check(size);
    } catch (error) {
      this.#refused = error as HotcellError;
      this.#begun = Buffer.alloc(0);
      this.#size = 0;
      return;
    }
    if (size > this.#begun.byteLength) {
      const larger = Buffer.allocUnsafe(Math.max(1024, 2 * size));
      this.#begun.copy(larger, 0, 0, this.#size);
      this.#begun = larger;
    }
    this.#begun.set(part, this.#size);
    this.#size = size;
  }
}
