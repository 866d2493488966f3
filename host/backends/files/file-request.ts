/** Requests of a cell to its files, as data: a list of an operation's name and its arguments. */
import { UnexpectedData } from "../backend.ts";
import type { Data } from "../data.ts";

/** Bytes of one read or write. */
export const transferBytes = 48 * 1024;

/** Entries of a directory that are told at a time. */
export const entriesAtOnce = 64;

/** Modes of opening, as bits: how `open` finds or makes a file, and what the descriptor may do. */
export const openBits = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;
export const modeBits = { read: 1, write: 2, mutate: 4 } as const;

/** Answer to an operation that was refused, by the code; other answers are lists, numbers and null. */
interface Refused {
  readonly error: string;
}

export function isRefused(answer: Data): answer is Refused & Data {
  return typeof answer === "object" && answer !== null && "error" in answer;
}

/** Arguments of a request. Each is checked when it is taken. Throws `UnexpectedData`. */
export class RequestArguments {
  readonly #values: readonly Data[];

  constructor(values: readonly Data[]) {
    this.#values = values;
  }

  count(at: number): number {
    const value = this.#values[at];
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 2 ** 32) return value;
    throw unexpected();
  }

  text(at: number): string {
    const value = this.#values[at];
    return typeof value === "string" ? value : unexpectedly();
  }

  /** Offset or size: exact as far as any file may reach. */
  size(at: number): number {
    const value = this.#values[at];
    return typeof value === "bigint" && value >= 0n ? Number(value) : unexpectedly();
  }

  bytes(at: number): Uint8Array {
    const value = this.#values[at];
    if (value instanceof Uint8Array && value.length <= transferBytes) return value;
    throw unexpected();
  }

  /** Nanoseconds since 1970; null for what stays, and true for now. */
  time(at: number): bigint | null | true {
    const value = this.#values[at];
    if (value === null || value === true) return value;
    return typeof value === "bigint" && value >= 0n && value < 1n << 63n ? value : unexpectedly();
  }
}

function unexpected(): UnexpectedData {
  return new UnexpectedData("it asked its files for what no capability asks");
}

function unexpectedly(): never {
  throw unexpected();
}
