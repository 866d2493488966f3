/** Functions that a world exports as one object, as `Plugin.exports` has them. */
import { propertyOfFunction, shortInterfaceNames } from "../wit/export-names.ts";
import type { ExportedFunction } from "../wit/exports.ts";
import { exportedFunctions } from "../wit/exports.ts";
import type { World } from "../wit/model.ts";
import type { AnyFunction, UntypedExports } from "./plugin-api.ts";

/** Object of them; the callable of each is made when it is first asked for. */
export function exportsOf(world: World, callable: (found: ExportedFunction) => AnyFunction): UntypedExports {
  const root: Record<string, unknown> = Object.create(null);
  const short = shortInterfaceNames(world);
  for (const [owner, functions] of Map.groupBy(exportedFunctions(world), (each) => each.interface)) {
    const members = owner === undefined ? root : Object.create(null);
    for (const found of functions) {
      const name = propertyOfFunction(found.name);
      let made: AnyFunction | undefined;
      Object.defineProperty(members, name, { enumerable: true, get: () => (made ??= callable(found)) });
    }
    if (owner === undefined) continue;
    root[owner] = members;
    const alias = short.get(owner);
    if (alias !== undefined) Object.defineProperty(root, alias, { value: members });
  }
  return root;
}
