/** Memory that the processes of one host may have together, so that it starts no more of them than the machine holds. */

import { processBounds } from "../../bounds/cell-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { machineMemory } from "../../platform/machine-memory.ts";

/** Ends a process that nobody needs, if it can; whether it did. */
export type EndSurplus = () => boolean;

/** Share of one process in a budget. */
export interface Room {
  /** Its process is on its way out: somebody may wait for the room. */
  leave(): void;
  /** Its process is gone. */
  end(): void;
}

/** Milliseconds that a process which was killed is waited for. */
const maxEnd = processBounds.endTime.value;

/**
 * Every process reserves what it may take at most, before it starts; what it really takes is watched by
 * `PluginProcess`.
 */
export class ProcessBudget {
  readonly limit: number;
  #inUse = 0;
  /** The part of that whose processes are on their way out. */
  #leaving = 0;
  readonly #surplus = new Set<EndSurplus>();
  readonly #waiting = new Set<() => void>();

  /** Bytes; by default half of what the machine has. */
  constructor(limit: number = defaultProcessMemory()) {
    this.limit = limit;
  }

  /** Bytes that are reserved. */
  get inUse(): number {
    return this.#inUse;
  }

  /** `endSurplus` is asked, before a process is refused, to make room; again and again while it can. Gives what ends that. */
  addSurplus(endSurplus: EndSurplus): () => void {
    this.#surplus.add(endSurplus);
    return () => void this.#surplus.delete(endSurplus);
  }

  /** Room for a process that can't be done without: others', if not needed, are ended for it. Rejects with `no-capacity`. */
  async reserve(bytes: number): Promise<Room> {
    for (;;) {
      const room = this.tryReserve(bytes);
      if (room) return room;
      while (this.#inUse - this.#leaving + bytes > this.limit)
        if (!this.#makeRoom()) throw this.#refusal(bytes);
      if (!(await this.#change())) throw this.#refusal(bytes);
    }
  }

  /** Room that is there already. */
  tryReserve(bytes: number): Room | undefined {
    if (this.#inUse + bytes > this.limit) return undefined;
    this.#inUse += bytes;
    let state: "used" | "leaving" | "ended" = "used";
    return {
      leave: () => {
        if (state !== "used") return;
        state = "leaving";
        this.#leaving += bytes;
      },
      end: () => {
        if (state === "ended") return;
        if (state === "leaving") this.#leaving -= bytes;
        state = "ended";
        this.#inUse -= bytes;
        for (const wake of this.#waiting) wake();
      },
    };
  }

  /** True where there is less in use, or will be. */
  #makeRoom(): boolean {
    const kept = this.#inUse - this.#leaving;
    return [...this.#surplus].some((endSurplus) => endSurplus() && this.#inUse - this.#leaving < kept);
  }

  /** Resolves when a process is gone, to false when none goes. */
  #change(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const wake = () => {
      clearTimeout(timer);
      this.#waiting.delete(wake);
      resolve(true);
    };
    const timer = setTimeout(() => {
      this.#waiting.delete(wake);
      resolve(false);
    }, maxEnd);
    this.#waiting.add(wake);
    return promise;
  }

  #refusal(asked: number): HotcellError {
    const { limit, inUse } = this;
    const hopeless = asked > limit;
    return new HotcellError(
      "no-capacity",
      `The host has no room for another process: ${inUse} of ${limit} bytes for processes are reserved, and it asks for ${asked}.`,
      {
        subject: "bytes of process memory",
        limit,
        actual: inUse + asked,
        ...(hopeless ? {} : { retryAfter: 1 }),
        remedy: hopeless
          ? "Raise the host's processMemory, or lower limits.processMemory in the plugin's settings."
          : "Try again when other processes have ended, lower limits.processMemory in plugins' settings, or raise the host's processMemory.",
        extra: { inUse, asked },
      },
    );
  }
}

/** Bytes of all processes of plugins of a host that is told nothing else. */
export function defaultProcessMemory(): number {
  return machineMemory() / 2;
}
