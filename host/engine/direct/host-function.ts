import { ComponentError, HotcellError } from "../../errors.ts";
import { rejection } from "../../wit/mismatch.ts";
import { camelCase, parseFunctionName, pascalCase } from "../../wit/names.ts";
import { resolve } from "../../wit/types.ts";
import { checkerOf } from "../../wit/values.ts";
import type { HostFunction, HostImports } from "../engine.ts";
import type { HostFunctionPlan } from "./plan.ts";

/** A host function and its conventions: it returns the ok part of a `result`, or throws ComponentError. */
export interface HostCall {
  readonly supplied: HostFunction;
  /** From what it returned: a value that fits its result type, and nothing else of the host's. Throws a `fault`. */
  readonly settle: (value: unknown) => unknown;
  /** From what it threw: the error case of its result, as such a value. Throws a `fault`, or the HotcellError. */
  readonly recover: (thrown: unknown) => unknown;
}

/** Throws `unknown-import` if the host does not supply it. */
export function hostCall(plan: HostFunctionPlan, imports: HostImports): HostCall {
  const name = plan.group === "$root" ? plan.name : `${plan.group}#${plan.name}`;
  const supplied = find(plan, name, imports);
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
    supplied,
    settle(value) {
      if (value instanceof Promise) {
        throw new HotcellError("fault", `The host function ${name} returned a promise.`, {
          subject: name,
          remedy: "Host functions must return their value at once.",
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

function find(plan: HostFunctionPlan, name: string, imports: HostImports): HostFunction {
  const group = Object.hasOwn(imports, plan.group) ? imports[plan.group] : undefined;
  const { kind, resource, name: member } = parseFunctionName(plan.name);
  const key = camelCase(member);
  if (kind === "free") return ownFunction(group, key) ?? missing(name);
  const type = ownFunction(group, pascalCase(resource ?? "")) ?? missing(name);
  switch (kind) {
    case "constructor":
      return (...args) => Reflect.construct(type, args);
    case "static":
      return memberOf(type, key)?.bind(type) ?? missing(name);
    case "method":
      if (!memberOf(type.prototype, key)) missing(name);
      return (self, ...args) => Reflect.apply(memberOf(self, key) ?? missing(name), self, args);
  }
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

function missing(name: string): never {
  throw new HotcellError("unknown-import", `The host supplies no function ${name}.`, { subject: name });
}
