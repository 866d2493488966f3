import type { Scrubber } from "../../text/scrubber.ts";
import type { LogLine, RawLine } from "./log-line.ts";
import { toldLine } from "./told-line.ts";

/** Bound of what a plugin logs, asked before anything is done with a line. */
interface LineLimit {
  /** Tells whether there is room for the line. */
  admits(line: RawLine): boolean;
  change(bytesPerSecond: number): void;
}

/** Recipient of a plugin's lines, and the bound on them. */
export interface LogRecipient {
  readonly plugin: string;
  /** Gets lines without the secrets of the plugin's settings. */
  readonly log: (line: LogLine) => void;
  readonly limit?: LineLimit;
}

/** Log of one deployment: lines go to its recipient limited, scrubbed, and then cut. */
export class PluginLog {
  readonly #recipient: LogRecipient;
  readonly #scrubber: Scrubber;

  constructor(recipient: LogRecipient, scrubber: Scrubber) {
    this.#recipient = recipient;
    this.#scrubber = scrubber;
  }

  write(said: Omit<RawLine, "plugin">): void {
    const { plugin, log, limit } = this.#recipient;
    const line = { plugin, ...said };
    // What is too much costs nobody more than to be counted.
    if (limit?.admits(line) ?? true) log(toldLine(this.#scrubber, line));
  }
}
