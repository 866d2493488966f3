/**
 * The resources among the values that the host passes to a guest. They are checked before anything is lowered, so
 * that a caller's mistake does not cost a cell: the rest of a value is known to fit its type by then.
 */
import { HotcellError } from "../../errors.ts";
import type { ValueType } from "../../wit/model.ts";
import { handleWalk } from "../../wit/values/handle-walk.ts";
import { checkHandle } from "./boundaries.ts";
import type { ResolveResource } from "./codec.ts";
import type { ComponentInstance } from "./component-instance.ts";

/** Parts of the cell that they are passed to. */
type Holder = Pick<ComponentInstance, "drop" | "hostClasses">;

/** Resources that are given away in one call: most have one or two, for which a set would be made to hold many. */
export class GivenAway {
  #first: unknown;
  #second: unknown;
  #others: Set<unknown> | undefined;

  has(value: unknown): boolean {
    return value === this.#first || value === this.#second || this.#others?.has(value) === true;
  }

  add(value: object): void {
    if (this.#first === undefined) this.#first = value;
    else if (this.#second === undefined) this.#second = value;
    else {
      this.#others ??= new Set();
      this.#others.add(value);
    }
  }
}

/** Throws `bad-argument`; `owned`, where it is given, collects what is given away, which must not happen twice. */
export type ResourceCheck = (value: unknown, holder: Holder, owned?: GivenAway) => void;

/** Undefined for a type without handles. */
export function resourceCheck(type: ValueType, resources: ResolveResource): ResourceCheck | undefined {
  return handleWalk<[holder: Holder, owned?: GivenAway]>(type, (handle) => {
    const resource = resources(handle);
    return (value, holder, owned) => {
      checkHandle(resource, value, holder);
      if (owned?.has(value)) {
        throw new HotcellError("bad-argument", `A resource ${resource.name} is passed twice.`, {
          subject: resource.name,
          remedy: "Pass a resource that is given away only once.",
        });
      }
      if (handle.kind === "own") owned?.add(value as object);
    };
  });
}
