/** Handles to resources (CanonicalABI.md, Table State and Resource State). */
import { cellBounds } from "../../bounds/cell-bounds.ts";
import { trap } from "../abi-trap.ts";

/**
 * A resource type, as one component instance defined it or the host supplies it. Its identity is the type's: each
 * static instance of a component has its own.
 */
export interface ResourceType {
  /** Names it in messages. */
  readonly name: string;
  /** Index of the component instance that implements it; absent for the host's. */
  readonly implementer?: number;
  /** Place of its class among the imports, for a resource of the host's. */
  readonly group?: string;
}

/** One call into a component instance whose parameters hold borrows. */
export class Task {
  borrows = 0;
}

export class Handle {
  readonly type: ResourceType;
  /** Value that the implementer knows it by: an i32 of the guest's, or an object of the host's. */
  readonly rep: unknown;
  /** The call that a borrowed handle must not outlive; absent for one that owns. */
  readonly scope: Task | undefined;
  lends = 0;

  constructor(type: ResourceType, rep: unknown, scope: Task | undefined) {
    this.type = type;
    this.rep = rep;
    this.scope = scope;
  }
}

/** Handle that is lent out for a call, and those before it: most calls have one, for which an array would be made to hold many. */
export interface Lender {
  readonly handle: Handle;
  readonly next: Lender | undefined;
}

/** Handles that the tables of one cell may hold together: far fewer than the specification allows, as they are ours. */
const maxHandles = cellBounds.handles.value;

/** Bytes of the heap that a handle takes, and how many are paid for at a time. */
const handleBytes = 96;
const handlesAtOnce = 1_000;

/** Count of the handles in a cell, and the room for them. */
export class HandleCount {
  live = 0;
  /** Handles that there is room for. */
  #room = 0;
  readonly #heap: HandleHeap;

  constructor(heap: HandleHeap) {
    this.#heap = heap;
  }

  /** One more. Traps where there may be no more. */
  add(): void {
    if (this.live === this.#room) this.#grow();
    this.live++;
  }

  #grow(): void {
    if (this.#room >= maxHandles) trap(`it holds ${maxHandles} handles, and may not hold more`);
    if (!this.#heap.takeHeap(handlesAtOnce * handleBytes))
      trap(`the host has no room for more than the ${this.#room} handles that it holds`);
    this.#room += handlesAtOnce;
  }

  /** Gives back what it took. Only where there are none. */
  clear(): void {
    if (this.#room > 0) this.#heap.giveHeap(this.#room * handleBytes);
    this.#room = 0;
  }
}

/** Owner of the handles: a `CellShare`. */
interface HandleHeap {
  takeHeap(bytes: number): boolean;
  giveHeap(bytes: number): void;
}

/** Length up to which a table that is begun anew keeps its arrays. */
const keptEntries = 64;

export class HandleTable {
  readonly #count: HandleCount;
  /** Index 0 is never given out. Places from `#next` on have none. */
  readonly #entries: (Handle | undefined)[] = [undefined];
  #next = 1;
  /** The first `#freed` of them. */
  readonly #free: number[] = [];
  #freed = 0;

  constructor(count: HandleCount) {
    this.#count = count;
  }

  /** Number of handles that are live. */
  get size(): number {
    return this.#next - 1 - this.#freed;
  }

  /** Freed indices are given out again, the last freed first, as the specification demands. */
  add(handle: Handle): number {
    this.#count.add();
    const index = this.#freed > 0 ? this.#free[--this.#freed]! : this.#next++;
    this.#entries[index] = handle;
    return index;
  }

  get(index: number, type: ResourceType): Handle {
    const handle = this.#entries[index >>> 0];
    if (handle === undefined) trap(`unknown handle index ${index >>> 0}`);
    if (handle.type !== type) trap(`handle index ${index >>> 0} used with the wrong type`);
    return handle;
  }

  /** Takes a handle away that must not be lent out. */
  remove(index: number, type: ResourceType): Handle {
    const handle = this.get(index, type);
    if (handle.lends !== 0) trap("cannot remove owned resource while borrowed");
    this.#entries[index >>> 0] = undefined;
    this.#free[this.#freed++] = index >>> 0;
    this.#count.live--;
    return handle;
  }

  /** Forgets the indices that were given out. Only where no handle is live in the cell. */
  clear(): void {
    // Most calls take no handle.
    if (this.#next === 1) return;
    // Arrays that are cut are given room anew by the next call: short ones are kept.
    if (this.#entries.length > keptEntries) this.#entries.length = this.#free.length = 1;
    this.#next = 1;
    this.#freed = 0;
    this.#count.clear();
  }

  /** Resources of the host's that the instance owns. */
  *hostsOwn(): Iterable<Handle> {
    for (const handle of this.#entries)
      if (handle && handle.scope === undefined && handle.type.implementer === undefined) yield handle;
  }

  /** Lifts an `own`: takes the resource away from this instance. */
  takeOwn(index: number, type: ResourceType): unknown {
    const handle = this.remove(index, type);
    if (handle.scope) trap(`handle index ${index >>> 0} is borrowed, not owned`);
    return handle.rep;
  }
}
