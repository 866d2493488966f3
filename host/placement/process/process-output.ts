import { processBounds } from "../../bounds/cell-bounds.ts";
import type { Scrubber } from "../../text/scrubber.ts";

/** Bytes kept of what the process prints: V8 says there why it gives up. */
const keptOutput = 8 * 1024;
/** Bytes that it may print. Nobody is meant to. */
const maxOutput = processBounds.output.value;

/** Output of a process, on either stream, as far as its end is explained by it. */
export class ProcessOutput {
  readonly #scrubber: Scrubber;
  readonly #tooMuch: (why: string) => void;
  #text = "";
  #printed = 0;

  /** `tooMuch` is called for more than any of ours prints. */
  constructor(scrubber: Scrubber, tooMuch: (why: string) => void) {
    this.#scrubber = scrubber;
    this.#tooMuch = tooMuch;
  }

  take(chunk: Buffer): void {
    this.#printed += chunk.length;
    if (this.#printed > maxOutput) this.#tooMuch(`it printed more than ${maxOutput} bytes`);
    else this.#text = (this.#text + chunk.toString("latin1")).slice(-this.#scrubber.window(keptOutput));
  }

  get ranOutOfHeap(): boolean {
    return /heap out of memory|Allocation failed|out of memory/i.test(this.#text);
  }

  /** Its last words, as a cause; undefined where it said nothing. */
  get words(): Error | undefined {
    if (this.#text === "") return undefined;
    const text = Buffer.from(this.#text, "latin1").toString();
    const cut = this.#printed > this.#text.length;
    return new Error(cut ? this.#scrubber.scrubEnding(text) : this.#scrubber.scrub(text));
  }
}
