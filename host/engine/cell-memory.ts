/** What memory the cells of one host have together, so that the host refuses a cell before the machine has no more. */
import { HotcellError } from "../errors.ts";
import { machineMemory } from "../platform/machine-memory.ts";
import { bytesPerPage } from "./harden/limits.ts";
import { roomImport, roomModule } from "./harden/reserved.ts";

export interface CellMemoryLimits {
  /** Bytes of all memories of all cells. Default: half of what the machine has, at most 1 GiB. */
  readonly cellMemory?: number;
  /**
   * Cells at a time; one with several memories counts once for each. Default 10,000: V8 gives every memory some
   * gigabytes of addresses and was measured to hold about 16,000.
   */
  readonly cells?: number;
}

/** Gives back cells that nobody uses, if it can; whether it did. Synchronous. */
export type Reclaim = (bytes: number) => boolean;

const defaultCells = 10_000;
const mostDefaultMemory = 1024 ** 3;
/** What the global that guests draw on can hold. */
const mostPages = 2 ** 31 - 1;

/** Reserves memory for cells. What they grow by is taken, in the guests' own code, from the same account. */
export class CellMemory {
  readonly #pages: number;
  readonly #cells: number;
  /** Pages that are left. Hardened modules take from it what they grow by, and grow by nothing beyond it. */
  readonly #room: WebAssembly.Global;
  #slots = 0;
  readonly #shares = new Set<CellShare>();
  readonly #reclaimers = new Set<Reclaim>();
  readonly #forgotten = new FinalizationRegistry<CellShare>((share) => share.end());
  /** To be added to what every hardened module imports. */
  readonly imports: WebAssembly.Imports;

  constructor({ cellMemory, cells = defaultCells }: CellMemoryLimits = {}) {
    this.#pages = Math.min(Math.floor((cellMemory ?? defaultMemory()) / bytesPerPage), mostPages);
    this.#cells = cells;
    this.#room = new WebAssembly.Global({ value: "i32", mutable: true }, this.#pages);
    this.imports = { [roomModule]: { [roomImport]: this.#room } };
  }

  /** Bytes that cells may have together. */
  get limit(): number {
    return this.#pages * bytesPerPage;
  }

  /** Bytes that they have. */
  get inUse(): number {
    return (this.#pages - this.#left) * bytesPerPage;
  }

  /** How many there are, counted as in `CellMemoryLimits.cells`. */
  get cells(): number {
    return this.#slots;
  }

  /**
   * `reclaim` is asked, before a cell is refused, to end cells that nobody uses; again and again while it can. Gives
   * what ends that.
   */
  addReclaimer(reclaim: Reclaim): () => void {
    this.#reclaimers.add(reclaim);
    return () => void this.#reclaimers.delete(reclaim);
  }

  /**
   * Sets pages aside for a new cell: `memories` of them, of so many bytes in all when they begin. Given back when the
   * share ends, or `holder` is collected. Throws `no-capacity`.
   */
  reserve(bytes: number, memories: number, holder: object): CellShare {
    const pages = bytes / bytesPerPage;
    const slots = Math.max(1, memories);
    // A cell that was ended while it ran may have grown since then.
    if (this.#left < pages) this.#recount();
    while (this.#left < pages || this.#slots + slots > this.#cells)
      if (!this.#reclaim(Math.max(pages - this.#left, 1))) throw this.#refusal(bytes, slots);
    this.#left -= pages;
    this.#slots += slots;
    const share = new CellShare(pages, memories, (ended) => this.#giveBack(ended, slots));
    this.#shares.add(share);
    this.#forgotten.register(holder, share, share);
    return share;
  }

  get #left(): number {
    return this.#room.value as number;
  }

  set #left(pages: number) {
    this.#room.value = pages;
  }

  /** Whether there is more room than before. */
  #reclaim(pages: number): boolean {
    const left = this.#left;
    const slots = this.#slots;
    return [...this.#reclaimers].some(
      (reclaim) => reclaim(pages * bytesPerPage) && (this.#left > left || this.#slots < slots),
    );
  }

  #giveBack(share: CellShare, slots: number): void {
    this.#forgotten.unregister(share);
    this.#shares.delete(share);
    this.#slots -= slots;
    if (share.complete) this.#left += share.pages;
    // A start function failed, and nobody knows how far its memory had grown by then.
    else this.#recount();
  }

  #recount(): void {
    let taken = 0;
    for (const { pages } of this.#shares) taken += pages;
    this.#left = this.#pages - taken;
  }

  #refusal(bytes: number, slots: number): HotcellError {
    const tooMany = this.#slots + slots > this.#cells;
    const [what, limit, inUse, asked, setting] = tooMany
      ? (["memories of cells", this.#cells, this.#slots, slots, "cells"] as const)
      : (["bytes of cell memory", this.limit, this.inUse, bytes, "cellMemory"] as const);
    const hopeless = asked > limit;
    return new HotcellError(
      "no-capacity",
      `The host has no room for another cell: of ${limit} ${what} ${inUse} are in use, and it asks for ${asked}.`,
      {
        subject: what,
        limit,
        actual: inUse + asked,
        ...(hopeless ? {} : { retryAfter: 1 }),
        remedy: hopeless
          ? `Raise the host's ${setting}, or make the plugin begin with less memory.`
          : `Try again when other cells have ended, or raise the host's ${setting}.`,
        extra: { inUse, asked },
      },
    );
  }
}

/** What one cell has of it. */
export class CellShare {
  /** Reserved, and not in any memory yet. */
  #reserved: number;
  #missing: number;
  #memories: WebAssembly.Memory[] = [];
  #ended = false;
  readonly #giveBack: (share: CellShare) => void;

  constructor(pages: number, memories: number, giveBack: (share: CellShare) => void) {
    this.#reserved = pages;
    this.#missing = memories;
    this.#giveBack = giveBack;
  }

  /** A memory has come into being that began with so many pages. */
  add(memory: WebAssembly.Memory, pages: number): void {
    this.#memories.push(memory);
    this.#reserved -= pages;
    this.#missing--;
  }

  /** Whether all its memories have been added. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  get pages(): number {
    return this.#reserved + this.bytes / bytesPerPage;
  }

  /** What its memories have now. */
  get bytes(): number {
    return this.#memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  }

  /** Gives everything back, once; what its memories grow by afterwards is found when room is short. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#giveBack(this);
    this.#memories = [];
    this.#reserved = 0;
  }
}

/**
 * Whether V8 found no room for a module's memories or tables: ended cells keep theirs until they are collected, and
 * addresses can be limited from outside.
 */
export function isOutOfMemory(thrown: unknown): boolean {
  return thrown instanceof RangeError && /allocate|out of memory/i.test(thrown.message);
}

/** The error for that. */
export function exhausted(cause: unknown): HotcellError {
  return new HotcellError(
    "no-capacity",
    "The host's process has no room for another cell: its memories can't be allocated.",
    {
      subject: "memory of the process",
      retryAfter: 1,
      remedy: "Try again when other cells have ended, or give the host's process more memory.",
      cause,
    },
  );
}

function defaultMemory(): number {
  return Math.min(mostDefaultMemory, machineMemory() / 2);
}
