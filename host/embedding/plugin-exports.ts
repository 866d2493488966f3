/** Functions that a world exports as one object, as `Plugin.exports` has them. */
import { exportMembers, shortInterfaceNames } from "../wit/export-names.ts";
import { exportedFunctions } from "../wit/exports.ts";
import type { World } from "../wit/model.ts";
import type { UntypedExports } from "./plugin-api.ts";
import { type CallableOf, lazily, ResourceClasses } from "./resource-classes.ts";

/** Object of them; the callable of each is made when it is first asked for. */
export function exportsOf(world: World, callable: CallableOf): UntypedExports {
  const root: Record<string, unknown> = Object.create(null);
  const short = shortInterfaceNames(world);
  const classes = new ResourceClasses(world, callable);
  for (const [owner, functions] of Map.groupBy(exportedFunctions(world), (each) => each.interface)) {
    const members = owner === undefined ? root : Object.create(null);
    for (const member of exportMembers(functions)) {
      const property =
        member.kind === "function"
          ? { get: lazily(() => classes.callable(member.function)) }
          : { value: classes.add(owner, member) };
      Object.defineProperty(members, member.property, { enumerable: true, ...property });
    }
    if (owner === undefined) continue;
    root[owner] = members;
    const alias = short.get(owner);
    if (alias !== undefined) Object.defineProperty(root, alias, { value: members });
  }
  return root;
}
