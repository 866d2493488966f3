import { ByteWriter } from "../../wasm/byte-writer.ts";

/**
 * Tells V8's optimizing compiler which branches are nearly never taken, in a custom section `metadata.code.branch_hint`
 * (the branch hinting proposal): what is done when fuel runs out then costs loops nothing.
 */
export class BranchHints {
  readonly #functions = new ByteWriter(1024);
  readonly #places = new ByteWriter(256);
  #inFunction = 0;
  #count = 0;

  /** So many bytes after the beginning of the present function's body there is an `if` to be passed by. */
  unlikely(at: number): void {
    this.#places.u32(at);
    this.#places.bytes(0x01, 0x00);
    this.#inFunction++;
  }

  /** Ends the present function, which has this index. */
  next(index: number): void {
    if (this.#inFunction > 0) {
      this.#functions.u32(index);
      this.#functions.u32(this.#inFunction);
      this.#functions.append(this.#places);
      this.#count++;
    }
    this.#places.clear();
    this.#inFunction = 0;
  }

  /** Writes the section, which comes right before the code. */
  write(out: ByteWriter): void {
    if (this.#count === 0) return;
    const content = new ByteWriter(this.#functions.length + 64);
    content.name("metadata.code.branch_hint");
    content.u32(this.#count);
    content.append(this.#functions);
    out.byte(0);
    out.sized(content);
  }
}
