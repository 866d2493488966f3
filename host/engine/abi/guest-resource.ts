import type { ResourceType } from "./handles.ts";

/** Ends a resource of a cell: runs its destructor there. */
export type Drop = (type: ResourceType, rep: number) => void;

/**
 * A guest's resource in the hands of the host: pass it to the functions of the cell it came from, its methods
 * among them. Passed as an `own` it is the guest's again, and this object is spent. `[Symbol.dispose]` runs its
 * destructor; a cell that ended took its resources with it, so there it does nothing. It throws while a call of its cell
 * is suspended, and where the destructor would have to be.
 */
export class GuestResource {
  readonly #type: ResourceType;
  readonly #rep: number;
  readonly #drop: Drop;
  #spent = false;

  constructor(type: ResourceType, rep: number, drop: Drop) {
    this.#type = type;
    this.#rep = rep;
    this.#drop = drop;
  }

  [Symbol.dispose](): void {
    if (this.#spent) return;
    this.#drop(this.#type, this.#rep);
    this.#spent = true;
  }

  /** Why `value` can't be passed as a resource of this type, to the cell that `drop` stands for; else undefined. */
  static objection(value: unknown, type: ResourceType, drop: Drop): string | undefined {
    if (typeof value !== "object" || value === null || !(#type in value))
      return "an object that is no resource";
    if (value.#drop !== drop) return "a resource of another cell";
    if (value.#type !== type) return `a resource of another type (${value.#type.name})`;
    return value.#spent ? "a resource that was dropped or given away" : undefined;
  }

  static rep(value: GuestResource): number {
    return value.#rep;
  }

  /** Gives it to the guest. */
  static take(value: GuestResource): number {
    value.#spent = true;
    return value.#rep;
  }
}
