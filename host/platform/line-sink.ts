/** Lines to a file descriptor that may be slow, or stand still: nobody waits for them. */

import { write } from "node:fs";

/** Bytes that are gathered before they are written at once, and milliseconds for which fewer are gathered. */
const [worthWriting, longestGathered] = [16 * 1024, 50];
/** Milliseconds after which a descriptor that took nothing is tried again. */
const pause = 50;

export interface LineSinkOptions {
  /** Bytes of lines that wait; more are dropped. */
  readonly max: number;
  /** Line that says so many were dropped; written when there is room again. */
  readonly tellDropped: (lines: number) => string;
  /** Called once where nothing can be written any more, as when whoever read it has gone. */
  readonly broken: (error: Error) => void;
}

/** Sink of lines, which are written several at a time, in the order in which they come. One write is under way at most. */
export class LineSink {
  readonly #descriptor: number;
  readonly #options: LineSinkOptions;
  /** Lines that wait, and their bytes with those of what is being written. */
  #waiting: string[] = [];
  #bytes = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing = false;
  #broken = false;
  #idle: (() => void) | undefined;

  constructor(descriptor: number, options: LineSinkOptions) {
    this.#descriptor = descriptor;
    this.#options = options;
  }

  /** Takes a line, or drops it where too much waits. */
  write(line: string): void {
    if (this.#broken) return;
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#bytes + bytes > this.#options.max) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0) this.#sayDropped();
    this.#add(line, bytes);
    if (this.#writing) return;
    if (this.#bytes >= worthWriting) this.#next();
    else this.#timer ??= setTimeout(() => this.#next(), longestGathered).unref();
  }

  /** Resolves when all is written, or after so many milliseconds. */
  async end(time: number): Promise<void> {
    if (!this.#writing) this.#next();
    if (!this.#writing) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, time);
      this.#idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#broken = true;
  }

  #add(line: string, bytes: number): void {
    this.#bytes += bytes;
    this.#waiting.push(line);
  }

  #sayDropped(): void {
    const line = this.#options.tellDropped(this.#dropped);
    this.#dropped = 0;
    this.#add(line, Buffer.byteLength(line) + 1);
  }

  #next(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0 && this.#dropped > 0) this.#sayDropped();
    if (this.#waiting.length === 0) {
      this.#writing = false;
      this.#idle?.();
      return;
    }
    const lines = this.#waiting;
    this.#waiting = [];
    this.#writing = true;
    this.#write(Buffer.from(`${lines.join("\n")}\n`), 0);
  }

  #write(bytes: Buffer, from: number): void {
    write(this.#descriptor, bytes, from, bytes.byteLength - from, null, (error, written) => {
      if (error?.code === "EAGAIN" || error?.code === "EINTR") {
        setTimeout(() => this.#write(bytes, from), pause).unref();
      } else if (error) this.#break(error);
      else if (from + written < bytes.byteLength) this.#write(bytes, from + written);
      else {
        this.#bytes -= bytes.byteLength;
        this.#next();
      }
    });
  }

  #break(error: Error): void {
    this.#broken = true;
    this.#writing = false;
    this.#waiting = [];
    this.#options.broken(error);
    this.#idle?.();
  }
}
