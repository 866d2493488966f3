import { resetCosts } from "../../fuel-prices.ts";
import type { HardenedModule } from "../../harden/hardened-module.ts";
import { bytesPerPage } from "../../harden/module-limits.ts";
import { stateExport } from "../../harden/reserved.ts";

/** Bytes up to which filling takes no longer than looking. */
const near = 16 * bytesPerPage;
/** Blocks of a small memory that are looked at for zeros: twice as many as it has parts at most. */
const mostBlocks = 64;
const zeros = Buffer.alloc(bytesPerPage);

interface KeptMemory {
  readonly memory: WebAssembly.Memory;
  readonly buffer: ArrayBuffer;
  readonly live: Uint8Array;
  /** Bytes that it held, but for long rows of zeros: those at its end, and those between data and what an allocator keeps there. */
  readonly parts: readonly Part[];
  /** Place from which on there were zeros. */
  readonly end: number;
}

interface Part {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** The pristine state of a cell, taken when its core modules are instantiated and started. */
export class Snapshot {
  readonly #memories: KeptMemory[] = [];
  readonly #states: ((save: 0 | 1) => number)[] = [];
  /** Units that `restore` takes where nothing was written to. */
  readonly #least: number;
  #cost: number;

  constructor(
    instances: Iterable<{
      readonly exports: Readonly<Record<string, unknown>>;
      readonly info: HardenedModule;
    }>,
  ) {
    let cost = 0;
    for (const { exports, info } of instances) {
      cost += resetCosts.instance + resetCosts.global * info.reset.globals;
      if (info.reset.state) {
        const state = exports[stateExport] as (save: 0 | 1) => number;
        state(1);
        this.#states.push(state);
      }
      for (const { export: name } of info.memories)
        this.#memories.push(keep(exports[name] as WebAssembly.Memory));
    }
    for (const { live, end } of this.#memories) {
      const [pages, kept] = [live.length / bytesPerPage, Math.ceil(end / bytesPerPage)];
      cost +=
        live.length <= near
          ? pages * resetCosts.page
          : (pages - kept) * resetCosts.farPage + kept * resetCosts.filledPage;
    }
    this.#least = this.#cost = cost;
  }

  /** Units that putting it back took last; before that, and where that can't be done, what it takes at least. */
  get cost(): number {
    return this.#cost;
  }

  /** Bytes kept beside the cell's own memories. */
  get size(): number {
    const parts = this.#memories.flatMap(({ parts }) => parts);
    return parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /**
   * Puts everything back. False if that can't be done, since a memory was grown, a table may have been written to
   * or a segment dropped: then the cell must not be used again.
   */
  restore(): boolean {
    this.#cost = this.#least;
    for (const state of this.#states) if (state(0) !== 0) return false;
    for (const { memory, buffer, live, parts, end } of this.#memories) {
      if (memory.buffer !== buffer) return false;
      let at = 0;
      for (const part of parts) {
        // Filling touches half of the memory that copying zeros would.
        if (part.at > at) live.fill(0, at, part.at);
        live.set(part.bytes, part.at);
        at = part.at + part.bytes.length;
      }
      this.#cost += resetCosts.filledPage * clear(live, end);
    }
    return true;
  }
}

/** Makes zeros of all from a place on. Gives the number of pages that it found something in, where it looked. */
function clear(live: Uint8Array, from: number): number {
  if (live.length <= near) {
    live.fill(0, from);
    return 0;
  }
  let filled = 0;
  // What was never touched takes no memory of the machine's yet, and looking at it takes none.
  for (let at = from; at < live.length; ) {
    const end = Math.min(at + bytesPerPage - (at % bytesPerPage), live.length);
    if (!isZero(live, at, end)) {
      live.fill(0, at, end);
      filled++;
    }
    at = end;
  }
  return filled;
}

function isZero(live: Uint8Array, start: number, end: number): boolean {
  return zeros.compare(live, start, end, 0, end - start) === 0;
}

function keep(memory: WebAssembly.Memory): KeptMemory {
  const { buffer } = memory;
  const live = new Uint8Array(buffer);
  let end = live.length;
  while (end > 0 && isZero(live, end - bytesPerPage, end)) end -= bytesPerPage;
  while (end > 0 && live[end - 1] === 0) end--;
  return { memory, buffer, live, parts: partsOf(live, end), end };
}

/** Parts up to a place, with rows of zeros left out that are at least a block long. */
function partsOf(live: Uint8Array, end: number): Part[] {
  const block = Math.min(live.length / mostBlocks, bytesPerPage);
  const parts: Part[] = [];
  for (let at = 0; at < end; ) {
    const from = at;
    while (at < end && !isZero(live, at, Math.min(at + block, end))) at = Math.min(at + block, end);
    if (at > from) parts.push({ at: from, bytes: live.slice(from, at) });
    else at = Math.min(at + block, end);
  }
  return parts;
}
