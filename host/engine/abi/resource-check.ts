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

/** Throws `bad-argument`; `owned`, where it is given, collects what is given away, which must not happen twice. */
export type ResourceCheck = (value: unknown, holder: Holder, owned?: Set<unknown>) => void;

/** Undefined for a type without handles. */
export function resourceCheck(type: ValueType, resources: ResolveResource): ResourceCheck | undefined {
  return handleWalk<[holder: Holder, owned?: Set<unknown>]>(type, (handle) => {
    const resource = resources(handle);
    return (value, holder, owned) => {
      checkHandle(resource, value, holder);
      if (owned?.has(value)) {
        throw new HotcellError("bad-argument", `A resource ${resource.name} is passed twice.`, {
          subject: resource.name,
          remedy: "Pass a resource that is given away only once.",
        });
      }
      if (handle.kind === "own") owned?.add(value);
    };
  });
}
