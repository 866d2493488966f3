/** Types of links: what one plugin imports held against what another exports. */
import type { LinkedInterface } from "../../capabilities/capability.ts";
import { isDriven } from "../../drive/http-handler.ts";
import { diffWorlds } from "../../wit/diff/diff.ts";
import { sameFunctionType } from "../../wit/equal.ts";
import { type ExportedFunction, exportedFunctions, findByPath } from "../../wit/exports.ts";
import { type FunctionType, functionsIn, type World } from "../../wit/model.ts";
import { structuresOf } from "../../wit/structures.ts";
import { writtenOut } from "../../wit/text/brief.ts";

/** Functions that a world offers to other plugins. */
export function offeredToLinks(world: World): ExportedFunction[] {
  return exportedFunctions(world).filter((each) => !isDriven(each));
}

/** Sentences on what keeps an interface from being linked to a world; none where nothing does. */
export function misfits(
  { id, interface: wanted }: Pick<LinkedInterface, "id" | "interface">,
  offered: readonly ExportedFunction[],
): string[] {
  return functionsIn(wanted).flatMap(({ name, type }) => {
    const found = findByPath(offered, `${id}#${name}`);
    return misfit(id, name, type, found) ?? [];
  });
}

function misfit(
  id: string,
  name: string,
  wanted: FunctionType,
  found: ExportedFunction | undefined,
): string | undefined {
  const path = `${id}#${name}`;
  if (hasResources(wanted)) return `${path} takes or gives a resource, which can't leave its plugin.`;
  if (!found) return `It exports no function ${path}.`;
  if (sameFunctionType(wanted, found.type)) return undefined;
  const changes = diffWorlds(worldOf(id, name, wanted), worldOf(id, name, found.type));
  const texts = changes.slice(0, maxTexts).map(({ message }) => message);
  return `${path} is ${writtenOut(found.type)} there, and is imported as ${writtenOut(wanted)}. ${texts.join(" ")}`.trim();
}

const maxTexts = 5;

/** A world that exports that function alone. */
function worldOf(id: string, name: string, type: FunctionType): World {
  const items = [{ kind: "function", name, type }] as const;
  return {
    name: "root",
    package: "root:component",
    imports: [],
    exports: [{ kind: "interface", name: id, interface: { items } }],
  };
}

export function hasResources({ parameters, result }: FunctionType): boolean {
  const types = [...parameters.map((parameter) => parameter.type), ...(result ? [result] : [])];
  return [...structuresOf(types)].some(({ kind }) => kind === "own" || kind === "borrow");
}
