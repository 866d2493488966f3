import { TrapError } from "../../errors.ts";
import type { HostObjects } from "./host-objects.ts";

/** Resource of the host's in one cell: counted there, and outlived by none of its children. */
export class HostResource {
  // One property, and none that is private: V8 takes long to give one to objects of many classes in the same place.
  declare private readonly life: Life;

  /** `parent`: the resource that it is a child of, as WASI has it. */
  constructor(objects: HostObjects, parent?: HostResource) {
    this.life = new Life(objects, parent?.life);
  }

  /** The guest drops it. Throws TrapError while it has children. */
  [Symbol.dispose](): void {
    this.leave();
  }

  /** It is the guest's no more: dropped, or passed on for good. By a name, as what `super[Symbol.dispose]` is takes long to look up. */
  protected leave(): void {
    if (!this.life.end()) throw dropped(this.constructor);
  }
}

class Life {
  readonly #objects: HostObjects;
  readonly #parent: Life | undefined;
  #children = 0;
  #over = false;

  constructor(objects: HostObjects, parent: Life | undefined) {
    objects.add();
    this.#objects = objects;
    this.#parent = parent;
    if (parent) parent.#children++;
  }

  /** Ends it, once; false where it has children. */
  end(): boolean {
    if (this.#over) return true;
    if (this.#children > 0) return false;
    this.#over = true;
    this.#objects.remove();
    if (this.#parent) this.#parent.#children--;
    return true;
  }
}

function dropped({ name }: { readonly name: string }): TrapError {
  return new TrapError(`The plugin dropped a resource (${name}) before what it had got out of it.`, {
    subject: name,
    remedy: "Drop streams before the body that gave them, and headers before their message.",
  });
}
