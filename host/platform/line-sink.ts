/** Lines to a file descriptor that may be slow, or stand still: nobody waits for them. */

import { write } from "node:fs";
import { within } from "./within.ts";

/** Bytes that are gathered before they are written, and milliseconds for which fewer are gathered. */
const [worthWriting, longestGathered] = [16 * 1024, 50];
/**
 * Bytes that a pipe takes as a whole or not at all, whoever else writes to it (`PIPE_BUF` of Linux): lines of several processes come one
 * after the other, as long as none is longer.
 */
export const wholeWrite = 4_096;
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

/** Sink of lines, which are written several at a time and never in parts as far as they are short enough, in the order in which they come. One write is under way at most. */
export class LineSink {
  readonly #descriptor: number;
  readonly #options: LineSinkOptions;
  /** Lines that wait, and their bytes with those of what is being written. */
  #waiting: string[] = [];
  /** Lines at the front of those that have been written. */
  #written = 0;
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
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    await within(promise, time);
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
    if (this.#written === this.#waiting.length) {
      this.#waiting = [];
      this.#written = 0;
      if (this.#dropped > 0) this.#sayDropped();
    }
    if (this.#waiting.length === 0) {
      this.#writing = false;
      this.#idle?.();
      return;
    }
    this.#writing = true;
    this.#write(this.#whole(), 0);
  }

  /** The next lines that can be written as a whole: one at least. */
  #whole(): Buffer {
    const from = this.#written;
    let bytes = 0;
    while (this.#written < this.#waiting.length) {
      bytes += Buffer.byteLength(this.#waiting[this.#written]!) + 1;
      if (bytes > wholeWrite && this.#written > from) break;
      this.#written++;
    }
    return Buffer.from(`${this.#waiting.slice(from, this.#written).join("\n")}\n`);
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
    this.#written = 0;
    this.#options.broken(error);
    this.#idle?.();
  }
}
