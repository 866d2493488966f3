/** The right to serve from a data folder, which one host at a time has, or those together that share it. */
import { mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { HotcellError } from "../../errors.ts";
import { FileLock, isLocked } from "../../sqlite/file-lock.ts";
import { fromErrorMessage, toErrorMessage } from "../../sqlite/sqlite-errors.ts";
import { factsOf, type Holder, lockFile, readHolder } from "./folder-holder.ts";

export interface LockWait {
  /** Has it together with the other hosts that share it, and not alone. */
  readonly shared?: boolean | undefined;
  /** Store in which this host keeps all, where that is none in the folder. */
  readonly store?: string | undefined;
  /** Milliseconds to wait for a host that has the folder to end; 0 by default. */
  readonly wait?: number | undefined;
  /** Ends the wait: `data-in-use` then. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, if there is a wait. */
  readonly onWait?: (inUse: HotcellError) => void;
}

/** Milliseconds between attempts while another host has the folder. */
const attemptEvery = 50;

export class FolderLock implements Disposable {
  readonly #lock: FileLock;
  readonly #facts: string;
  #holder: Holder;

  private constructor(lock: FileLock, facts: string, store: string | undefined) {
    this.#lock = lock;
    this.#facts = facts;
    const since = new Date().toISOString();
    this.#holder = { pid: process.pid, machine: hostname(), since, ...(store !== undefined && { store }) };
    this.#tell();
  }

  /** Throws `data-in-use` naming the host that has it, and `store-unavailable` for a folder that can't be used. */
  static async take(
    folder: string,
    { wait = 0, signal, onWait, shared = false, store }: LockWait = {},
  ): Promise<FolderLock> {
    const file = lockFile(folder);
    const facts = factsOf(folder);
    const deadline = performance.now() + wait;
    for (let attempt = 0; ; attempt++) {
      makeFolder(folder, file);
      const lock = FileLock.attempt(file, { shared });
      if (lock) return new FolderLock(lock, facts, store);
      const left = deadline - performance.now();
      if (left <= 0 || signal?.aborted) throw inUse(folder, facts);
      if (attempt === 0) onWait?.(inUse(folder, facts));
      await delay(Math.min(attemptEvery, left), undefined, { signal }).catch(() => {});
    }
  }

  /** Tells whoever finds the folder in use where this host listens. */
  listensAt(address: string): void {
    this.#holder = { ...this.#holder, address };
    this.#tell();
  }

  [Symbol.dispose](): void {
    if (!this.#lock.held) return;
    // Before the lock is given up: what the next holder writes there must stay, and what another has written that shares it.
    if (readHolder(this.#facts)?.pid === process.pid) rmSync(this.#facts, { force: true });
    this.#lock[Symbol.dispose]();
  }

  /** Whole or not at all. A folder that has no room for it is served from all the same. */
  #tell(): void {
    const draft = `${this.#facts}.draft`;
    try {
      writeFileSync(draft, `${JSON.stringify(this.#holder)}\n`, { mode: 0o600 });
      renameSync(draft, this.#facts);
    } catch {
      rmSync(draft, { force: true });
    }
  }
}

function makeFolder(folder: string, file: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fromErrorMessage(toErrorMessage(error, file));
  }
}

function inUse(folder: string, facts: string): HotcellError {
  const holder = readHolder(facts);
  const subject = realpathSync(folder);
  const who = holder
    ? `process ${holder.pid} on ${holder.machine}${holder.address ? `, which listens on ${holder.address},` : ""} since ${holder.since}`
    : "another host";
  return new HotcellError("data-in-use", `The data folder ${subject} is in use by ${who}.`, {
    subject,
    remedy:
      "Stop that host first. For a restart with a short gap start the new one with --wait-for-data 60 (HOTCELL_WAIT_FOR_DATA, or waitForData of createHost), then stop the old one.",
    ...(holder && { extra: { holder } }),
  });
}

/**
 * Lock of a folder, as the kernel has it and not only as is written there, with what is known of its holder; undefined where nobody
 * has it. Throws `store-unavailable` for one that can't be read.
 */
export function lockOf(folder: string): { readonly holder: Holder | undefined } | undefined {
  return isLocked(lockFile(folder)) ? { holder: readHolder(factsOf(folder)) } : undefined;
}
