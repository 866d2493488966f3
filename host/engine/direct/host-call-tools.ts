/** Functions that the code of each host call needs beside its own. */
import { HotcellError, isOfClass } from "../../errors.ts";
import type { ComponentInstance } from "../abi/component-instance.ts";
import type { ResourceCheck } from "../abi/resource-check.ts";
import { AbiTrap, trap } from "../abi-trap.ts";
import type { ResourcePlan } from "../link/plan.ts";
import { giveBack } from "./sibling-call.ts";

/** Throws a `fault` where a host function has returned a resource that is none of its result's type. */
export function checkReturned(
  name: string,
  check: ResourceCheck,
  value: unknown,
  instance: Pick<ComponentInstance, "drop" | "hostClasses">,
): void {
  try {
    check(value, instance);
  } catch (thrown) {
    if (!(thrown instanceof HotcellError)) throw thrown;
    const { expected, actual } = thrown.facts;
    throw new HotcellError("fault", `The host function ${name} returned a wrong value: ${thrown.message}`, {
      subject: name,
      ...(expected !== undefined && { expected }),
      ...(actual !== undefined && { actual }),
      remedy: "Return an instance of the class that is supplied for this resource.",
      cause: thrown,
    });
  }
}

/** Error for what disposing of a resource of the host's threw. */
function disposingFailed({ name }: Pick<ResourcePlan, "name">, cause: unknown): HotcellError {
  if (isOfClass(cause, HotcellError)) return cause;
  return new HotcellError("fault", `Disposing a resource ${name} failed.`, { subject: name, cause });
}

export const hostCallTools = { trap, AbiTrap, giveBack, checkReturned, disposingFailed } as const;
