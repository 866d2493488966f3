/** The host's own interfaces (`wit/`), which a plugin may export: what of them a world has, and in which types. */
import { HotcellError } from "../errors.ts";
import { sameFunctionType } from "../wit/equal.ts";
import type { ExportedFunction } from "../wit/exports.ts";
import { writtenOut } from "../wit/text/brief.ts";
import { parseFunctionType } from "../wit/text/expression.ts";
import { parseInterfaceId } from "../wit/wit-names.ts";

/** Test for a function of an interface of the host's: it is the host's to call, never a client's. */
export function isLifecycle({ interface: owner }: ExportedFunction): boolean {
  return owner !== undefined && parseInterfaceId(owner)?.package === "hotcell:plugin";
}

/** Functions of a plugin that the host calls, by interface and name: `state#save`. */
export type HostCalled = ReadonlyMap<string, ExportedFunction>;

/** `types`: those that the host can call, by name. Throws `lifecycle-mismatch` for a function with another type. */
export function hostCalled(
  functions: readonly ExportedFunction[],
  types: ReadonlyMap<string, string>,
): HostCalled {
  return new Map(
    functions.filter(isLifecycle).map((own) => {
      const name = `${parseInterfaceId(own.interface ?? "")?.name}#${own.name}`;
      const type = types.get(name);
      if (type !== undefined && sameFunctionType(parseFunctionType(type), own.type)) return [name, own];
      throw new HotcellError(
        "lifecycle-mismatch",
        `${own.key} is ${writtenOut(own.type)}, which the host can't call.`,
        {
          subject: own.key,
          expected: type ?? `one of ${[...types.keys()].join(", ")}`,
          remedy: "Build the plugin against the host's own wit/ folder.",
        },
      );
    }),
  );
}
