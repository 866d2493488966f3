/** Memory that the cells of one host have together, so that the host refuses a cell before the machine has no more. */
import { cellBounds } from "../../bounds/cell-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { bytesPerPage } from "../../harden/module-limits.ts";
import { roomImport, roomModule } from "../../harden/reserved.ts";
import { HeapAccount } from "../../platform/heap-account.ts";
import { machineMemory } from "../../platform/machine-memory.ts";
import type { CellMemoryLimits } from "./cell-memory-limits.ts";

/** Gives back cells that nobody uses, if it can; whether it did. Synchronous. */
export type CellReclaim = (bytes: number) => boolean;

/** Needs of a cell before it is made. */
export interface CellNeeds {
  /** Bytes of all its memories when they begin. */
  readonly memory: number;
  readonly memories: number;
  /** Bytes of JavaScript's heap. */
  readonly heap: number;
}

const defaultCells = cellBounds.cells.value;
const maxDefaultMemory = 1024 ** 3;
/** Highest value of the global that guests draw on. */
const maxPages = 2 ** 31 - 1;

/**
 * Reserves memory for cells. What they grow by is taken, in the guests' own code, from the same account; what they take
 * of JavaScript's heap, from the host's account of that.
 */
export class CellMemory {
  readonly heap: HeapAccount;
  readonly #pages: number;
  readonly #cells: number;
  /** Pages that are left. Hardened modules take from it what they grow by, and grow by nothing beyond it. */
  readonly #room: WebAssembly.Global;
  #slots = 0;
  readonly #shares = new Set<CellShare>();
  readonly #reclaimers = new Set<CellReclaim>();
  readonly #forgotten = new FinalizationRegistry<CellShare>((share) => share.end());
  /** To be added to what every hardened module imports. */
  readonly imports: WebAssembly.Imports;

  constructor(
    { cellMemory, cells = defaultCells }: CellMemoryLimits = {},
    heap: HeapAccount = new HeapAccount(),
  ) {
    this.heap = heap;
    heap.addReclaimer((bytes) => {
      while (heap.left < bytes) if (!this.#reclaim(bytes)) return false;
      return true;
    });
    this.#pages = Math.min(Math.floor((cellMemory ?? defaultCellMemory()) / bytesPerPage), maxPages);
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

  /** Cells that there are, counted as in `CellMemoryLimits.cells`. */
  get cells(): number {
    return this.#slots;
  }

  /**
   * `reclaim` is asked, before a cell is refused, to end cells that nobody uses; again and again while it can. Gives
   * what ends that.
   */
  addReclaimer(reclaim: CellReclaim): () => void {
    this.#reclaimers.add(reclaim);
    return () => void this.#reclaimers.delete(reclaim);
  }

  /**
   * Sets aside what a new cell needs. Given back when the share ends, or `holder` is collected. Throws `no-capacity`.
   */
  reserve({ memory, memories, heap }: CellNeeds, holder: object): CellShare {
    const pages = memory / bytesPerPage;
    const slots = Math.max(1, memories);
    this.#makeRoom(pages, slots, memory);
    this.heap.take(heap, "another cell");
    // Giving back others' cells for the heap can't have left less.
    this.#left -= pages;
    this.#slots += slots;
    const share = new CellShare(pages, memories, heap, this.heap, {
      keep: (bytes) => this.#keep(bytes),
      giveBack: (ended) => this.#giveBack(ended, slots),
    });
    this.#shares.add(share);
    this.#forgotten.register(holder, share, share);
    return share;
  }

  /** Pages for what the host keeps beside a cell's memories. */
  #keep(bytes: number): number {
    const pages = Math.ceil(bytes / bytesPerPage);
    this.#makeRoom(pages, 0, bytes);
    this.#left -= pages;
    return pages;
  }

  #makeRoom(pages: number, slots: number, bytes: number): void {
    // A cell that was ended while it ran may have grown since then.
    if (this.#left < pages) this.#recount();
    while (this.#left < pages || this.#slots + slots > this.#cells)
      if (!this.#reclaim(Math.max(pages - this.#left, 1) * bytesPerPage)) throw this.#refusal(bytes, slots);
  }

  get #left(): number {
    return this.#room.value as number;
  }

  set #left(pages: number) {
    this.#room.value = pages;
  }

  /** True where there is more room than before. */
  #reclaim(bytes: number): boolean {
    const left = this.#left;
    const slots = this.#slots;
    const heap = this.heap.left;
    return [...this.#reclaimers].some(
      (reclaim) => reclaim(bytes) && (this.#left > left || this.#slots < slots || this.heap.left > heap),
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
      `The host has no room for another cell: ${inUse} of ${limit} ${what} are in use, and it asks for ${asked}.`,
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

interface Lender {
  /** Sets pages aside; throws `no-capacity`. */
  keep(bytes: number): number;
  giveBack(share: CellShare): void;
}

/** Part of one cell. */
export class CellShare {
  /** Pages that are reserved, and not in any memory yet. */
  #reserved: number;
  #missing: number;
  /** Pages for copies of its memories. */
  #kept = 0;
  #memories: WebAssembly.Memory[] = [];
  #ended = false;
  #heap: number;
  readonly #account: HeapAccount;
  readonly #lender: Lender;

  constructor(pages: number, memories: number, heap: number, account: HeapAccount, lender: Lender) {
    this.#reserved = pages;
    this.#missing = memories;
    this.#heap = heap;
    this.#account = account;
    this.#lender = lender;
  }

  /** A memory has come into being that began with so many pages. */
  add(memory: WebAssembly.Memory, pages: number): void {
    this.#memories.push(memory);
    this.#reserved -= pages;
    this.#missing--;
  }

  /** Takes room for a copy of so many bytes. Throws `no-capacity`. */
  keep(bytes: number): void {
    this.#kept += this.#lender.keep(bytes);
  }

  /** Takes more of the heap; false where there is no more. */
  takeHeap(bytes: number): boolean {
    if (this.#ended || !this.#account.tryTake(bytes)) return false;
    this.#heap += bytes;
    return true;
  }

  /** Gives some of that back. */
  giveHeap(bytes: number): void {
    if (this.#ended) return;
    this.#account.give(bytes);
    this.#heap -= bytes;
  }

  /** Set once all its memories have been added. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  get pages(): number {
    return this.#reserved + this.#kept + this.bytes / bytesPerPage;
  }

  /** Bytes that its memories have now. */
  get bytes(): number {
    return this.#memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  }

  /** Gives everything back, once; what its memories grow by afterwards is found when room is short. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#account.give(this.#heap);
    this.#lender.giveBack(this);
    this.#memories = [];
    this.#reserved = this.#kept = 0;
  }
}

/**
 * True where V8 found no room for a module's memories or tables: ended cells keep theirs until they are collected, and
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

/** Bytes of all cells of a host that is told nothing else. */
export function defaultCellMemory(): number {
  return Math.min(maxDefaultMemory, machineMemory() / 2);
}
