import { ComponentError, HotcellError } from "../../errors.ts";
import { rejection } from "../../wit/mismatch.ts";
import { camelCase, parseFunctionName, pascalCase } from "../../wit/names.ts";
import { resolve } from "../../wit/types.ts";
import { checkerOf } from "../../wit/values.ts";
import { type HostFunction, type HostImports, maySuspend } from "../engine.ts";
import type { HostFunctionPlan } from "./plan.ts";

/** A host function and its conventions: it returns the ok part of a `result`, or throws ComponentError. */
export interface HostCall {
  readonly name: string;
  readonly supplied: HostFunction;
  /** Whether it may return a promise. */
  readonly suspends: boolean;
  /** From what it returned: a value that fits its result type, and nothing else of the host's. Throws a `fault`. */
  readonly settle: (value: unknown) => unknown;
  /** From what it threw: the error case of its result, as such a value. Throws a `fault`, or the HotcellError. */
  readonly recover: (thrown: unknown) => unknown;
}

/** Throws `unknown-import` if the host does not supply it. */
export function hostCall(plan: HostFunctionPlan, imports: HostImports): HostCall {
  const name = fullName(plan);
  const found = find(plan, imports);
  if (!found) throw missing(name);
  const { supplied, suspends } = found;
  const type = plan.type.result && resolve(plan.type.result);
  const check = type && checkerOf(type);
  const returnsResult = type?.kind === "result";

  const checked = (value: unknown): unknown => {
    try {
      return check!(value);
    } catch (thrown) {
      const cause = rejection(type!, "", thrown);
      throw new HotcellError("fault", `The host function ${name} returned a wrong value: ${cause.message}`, {
        subject: name,
        cause,
      });
    }
  };
  return {
    name,
    supplied,
    suspends,
    settle(value) {
      if (value instanceof Promise) {
        throw new HotcellError("fault", `The host function ${name} returned a promise.`, {
          subject: name,
          remedy: "Make it an async function, or mark it with suspending(), for the plugin to wait for it.",
        });
      }
      if (!check) return undefined;
      return checked(returnsResult ? { tag: "ok", val: value } : value);
    },
    recover(thrown) {
      if (returnsResult && thrown instanceof ComponentError)
        return checked({ tag: "err", val: thrown.payload });
      if (thrown instanceof HotcellError) throw thrown;
      throw new HotcellError("fault", `The host function ${name} failed.`, { subject: name, cause: thrown });
    },
  };
}

/** Whether the host supplies this function and it may return a promise. */
export function suspendsGuest(plan: HostFunctionPlan, imports: HostImports): boolean {
  return find(plan, imports)?.suspends ?? false;
}

/** As the component spells it, after its interface. */
export function fullName({ group, name }: HostFunctionPlan): string {
  return group === "$root" ? name : `${group}#${name}`;
}

type Found = Pick<HostCall, "supplied" | "suspends">;

function find(plan: HostFunctionPlan, imports: HostImports): Found | undefined {
  const group = Object.hasOwn(imports, plan.group) ? imports[plan.group] : undefined;
  const { kind, resource, name: member } = parseFunctionName(plan.name);
  const key = camelCase(member);
  if (kind === "free") {
    const supplied = ownFunction(group, key);
    return supplied && { supplied, suspends: maySuspend(supplied) };
  }
  const type = ownFunction(group, pascalCase(resource ?? ""));
  if (!type) return undefined;
  if (kind === "constructor")
    return { supplied: (...args) => Reflect.construct(type, args), suspends: maySuspend(type) };
  const method = memberOf(kind === "static" ? type : type.prototype, key);
  if (!method) return undefined;
  const suspends = maySuspend(method);
  if (kind === "static") return { supplied: method.bind(type), suspends };
  const supplied: HostFunction = (self, ...args) => {
    const own = memberOf(self, key);
    if (!own) throw missing(fullName(plan));
    return Reflect.apply(own, self, args);
  };
  return { supplied, suspends };
}

function ownFunction(group: HostImports[string] | undefined, key: string): HostFunction | undefined {
  const found = group !== undefined && Object.hasOwn(group, key) ? group[key] : undefined;
  return typeof found === "function" ? found : undefined;
}

/** A function of an object or of a class it extends, but nothing that every object has: names are the guest's. */
function memberOf(object: unknown, key: string): HostFunction | undefined {
  for (
    let at = object;
    at !== null && at !== undefined && at !== Object.prototype && at !== Function.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    if (!Object.hasOwn(at, key)) continue;
    const found = (object as Record<string, unknown>)[key];
    return typeof found === "function" ? (found as HostFunction) : undefined;
  }
  return undefined;
}

function missing(name: string): HotcellError {
  return new HotcellError("unknown-import", `The host supplies no function ${name}.`, { subject: name });
}
