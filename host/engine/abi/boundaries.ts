/** Looks of values on the other side of a component instance: in JavaScript, or on the way to a sibling. */
import type { StringEncoding } from "../../component/component-type.ts";
import { HotcellError } from "../../errors.ts";
import type { Boundary, HandleType, ResolveResource } from "./codec.ts";
import type { ComponentInstance } from "./component-instance.ts";
import type { Context } from "./context.ts";
import { GuestResource } from "./guest-resource.ts";
import { Handle, type ResourceType } from "./handles.ts";
import { liftString, lowerString } from "./strings.ts";
import { liftForSibling, lowerFromSibling } from "./transcode.ts";

/** Lends a handle to the call whose arguments are being lifted (`lift_borrow`). */
function lend(cx: Context, index: number, type: ResourceType): unknown {
  const handle = cx.instance.handles.get(index, type);
  handle.lends++;
  cx.call.lenders = { handle, next: cx.call.lenders };
  return handle.rep;
}

/** `lower_borrow`; the implementer is given the representation itself. */
function lowerBorrow(cx: Context, rep: unknown, type: ResourceType): number {
  if (cx.instance.index === type.implementer) return rep as number;
  const task = cx.call.task!;
  task.borrows++;
  return cx.instance.handles.add(new Handle(type, rep, task));
}

/** Between siblings resources go as what their implementer knows them by. */
export function siblingBoundary(
  encoding: StringEncoding,
  resources: ResolveResource,
  /** The sibling's encoding, where values come from it. */
  from: StringEncoding,
): Boundary {
  return {
    liftString: liftForSibling(encoding),
    lowerString: lowerFromSibling(from, encoding),
    liftHandle(handle) {
      const type = resources(handle);
      if (handle.kind === "borrow") return (cx, index) => lend(cx, index, type);
      return (cx, index) => cx.instance.handles.takeOwn(index, type);
    },
    lowerHandle(handle) {
      const type = resources(handle);
      if (handle.kind === "borrow") return (cx, rep) => lowerBorrow(cx, rep, type);
      return (cx, rep) => cx.instance.handles.add(new Handle(type, rep, undefined));
    },
  };
}

/**
 * Resources of the host's are its own objects, those of guests GuestResources. What is lowered was found to be
 * right before (`objections`).
 */
export function hostBoundary(encoding: StringEncoding, resources: ResolveResource): Boundary {
  return {
    liftString: liftString[encoding],
    lowerString: lowerString[encoding],
    liftHandle: (handle) => liftToHost(handle, resources(handle)),
    lowerHandle: (handle) => lowerFromHost(handle, resources(handle)),
  };
}

function liftToHost({ kind }: HandleType, type: ResourceType): (cx: Context, index: number) => unknown {
  // The types of an import are imported themselves, so only the host's own resources are ever lent to it.
  if (kind === "borrow") return (cx, index) => lend(cx, index, type);
  if (type.implementer === undefined) return (cx, index) => cx.instance.handles.takeOwn(index, type);
  return (cx, index) => {
    const rep = cx.instance.handles.takeOwn(index, type) as number;
    return new GuestResource(type, rep, cx.instance.drop);
  };
}

function lowerFromHost({ kind }: HandleType, type: ResourceType): (cx: Context, value: unknown) => number {
  const guests = type.implementer !== undefined;
  if (kind === "own") {
    return (cx, value) => {
      const rep = guests ? GuestResource.take(value as GuestResource) : value;
      return cx.instance.handles.add(new Handle(type, rep, undefined));
    };
  }
  return (cx, value) => lowerBorrow(cx, guests ? GuestResource.rep(value as GuestResource) : value, type);
}

/** Throws `bad-argument` unless `value` can be lowered as a handle of this type, in a cell with these. */
export function checkHandle(
  type: ResourceType,
  value: unknown,
  { drop, hostClasses }: Pick<ComponentInstance, "drop" | "hostClasses">,
): void {
  const objection =
    type.implementer !== undefined
      ? GuestResource.objection(value, type, drop)
      : hostClasses.objection(value, type);
  if (objection === undefined) return;
  throw new HotcellError("bad-argument", `Expected a resource ${type.name}, got ${objection}.`, {
    subject: type.name,
    expected: `a resource ${type.name}`,
    actual: objection,
    remedy:
      "Pass the object that a call of this same plugin has given, since it was opened and its cell began.",
  });
}
