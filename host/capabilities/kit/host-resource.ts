import { TrapError } from "../../errors.ts";
import type { HostObjects } from "./host-objects.ts";

/** Resource of the host's in one cell: counted there, and outlived by none of its children. */
export class HostResource {
  readonly #objects: HostObjects;
  readonly #parent: HostResource | undefined;
  #children = 0;
  #gone = false;

  /** `parent`: the resource that it is a child of, as WASI has it. */
  constructor(objects: HostObjects, parent?: HostResource) {
    objects.add();
    this.#objects = objects;
    this.#parent = parent;
    if (parent) parent.#children++;
  }

  /** The guest drops it, or passes it on for good. Throws TrapError while it has children. */
  [Symbol.dispose](): void {
    if (this.#gone) return;
    if (this.#children > 0) throw dropped(this.constructor);
    this.#gone = true;
    this.#objects.remove();
    if (this.#parent) this.#parent.#children--;
  }
}

function dropped({ name }: { readonly name: string }): TrapError {
  return new TrapError(`The plugin dropped a resource (${name}) before what it had got out of it.`, {
    subject: name,
    remedy: "Drop streams before the body that gave them, and headers before their message.",
  });
}
