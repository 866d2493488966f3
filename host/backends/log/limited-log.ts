import { TokenBucket } from "../../platform/token-bucket.ts";
import type { LogLine, RawLine } from "./log-line.ts";

/** Bytes that a line costs besides its text, so that empty ones have a limit too. */
const lineOverhead = 16;

/**
 * So many bytes (UTF-8, of context and message, and 16 a line) a second that a plugin may log, and twice that at once
 * after a quiet time. Asked before anything is done with a line. Lines beyond are to be dropped, and `onDrop` is told how
 * many; one line says so when there is room again. What such a limit in another process has dropped, and says in its own
 * line, is told in the same way.
 */
export class LogLimit {
  readonly #log: (line: LogLine) => void;
  #bytesPerSecond: number;
  readonly #onDrop: (lines: number) => void;
  readonly #bucket: TokenBucket;
  #dropped = { lines: 0, bytes: 0 };
  #notice: NodeJS.Timeout | undefined;

  /** `log` gets the lines that say what was dropped. */
  constructor(
    log: (line: LogLine) => void,
    bytesPerSecond: number,
    onDrop: (lines: number) => void = () => {},
  ) {
    this.#log = log;
    this.#bytesPerSecond = bytesPerSecond;
    this.#onDrop = onDrop;
    this.#bucket = new TokenBucket(bytesPerSecond, 2 * bytesPerSecond);
  }

  /** So many bytes from now on. What was saved up grows and shrinks with them at once. */
  change(bytesPerSecond: number): void {
    this.#bucket.change(bytesPerSecond, 2 * bytesPerSecond);
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Tells whether there was room for the line. */
  admits(line: RawLine): boolean {
    if (line.dropped !== undefined) this.#onDrop(line.dropped);
    const text = Buffer.byteLength(line.context) + Buffer.byteLength(line.message);
    if (this.#bucket.take(text + lineOverhead)) {
      if (this.#dropped.lines > 0) this.#tell(line.plugin);
      return true;
    }
    // A line that itself says what was dropped is none of the plugin's.
    if (line.dropped === undefined) this.#onDrop(1);
    const { lines, bytes: before } = this.#dropped;
    this.#dropped = { lines: lines + (line.dropped ?? 1), bytes: before + text };
    // A plugin that falls silent must not leave it unsaid.
    this.#notice ??= setTimeout(() => this.#tell(line.plugin), 1000).unref();
    return false;
  }

  #tell(plugin: string): void {
    clearTimeout(this.#notice);
    this.#notice = undefined;
    const { lines, bytes } = this.#dropped;
    this.#dropped = { lines: 0, bytes: 0 };
    const what = lines === 1 ? "1 line" : `${lines} lines`;
    const message = `Dropped ${what} (${bytes} bytes): the plugin logs more than ${this.#bytesPerSecond} bytes a second.`;
    this.#log({ plugin, level: "warn", context: "hotcell", message, dropped: lines });
  }
}

/** A log that takes what such a limit admits. */
export function limitedLog(
  log: (line: LogLine) => void,
  bytesPerSecond: number,
  onDrop?: (lines: number) => void,
): (line: LogLine) => void {
  const limit = new LogLimit(log, bytesPerSecond, onDrop);
  return (line) => {
    if (limit.admits(line)) log(line);
  };
}
