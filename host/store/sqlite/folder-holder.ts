/** Holder of a data folder, as it is written down beside the folder's lock: read without asking SQLite. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";

/** Facts about the host that serves from a folder. */
export interface Holder {
  readonly pid: number;
  readonly machine: string;
  readonly since: string;
  /** Address at which it listens, once it does. */
  readonly address?: string;
  /** Store in which it keeps all, where that is none in the folder: for people, without a password. */
  readonly store?: string;
}

/** Path of a folder's lock. */
export function lockFile(folder: string): string {
  return resolve(join(folder, "hotcell.lock"));
}

/** Path of the file that says who has it. */
export function factsOf(folder: string): string {
  return `${lockFile(folder)}.json`;
}

/** Undefined where it has said nothing yet, or nothing that can be read. */
export function readHolder(facts: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(facts, "utf8")) as Holder | null;
    return typeof holder?.pid === "number" ? holder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Holder that lives, as far as this machine knows: one whose store is not in the folder shares the folder with whoever comes, and has no lock that
 * others could see.
 */
export function livingHolder(folder: string): Holder | undefined {
  const holder = readHolder(factsOf(folder));
  return holder?.machine === hostname() && isAlive(holder.pid) ? holder : undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Address of the host that serves from a folder; undefined where none does, or `trusted` refuses the file that says so. */
export function addressOfHolder(folder: string, trusted: (file: string) => boolean): string | undefined {
  const facts = factsOf(folder);
  const address: unknown = trusted(facts) ? readHolder(facts)?.address : undefined;
  return typeof address === "string" ? address : undefined;
}
