/** Names of imports in grants of links, and the imports of a world that they mean. */
import { canonicalInterfaceName } from "../../wit/interface-version.ts";
import { parseInterfaceId } from "../../wit/wit-names.ts";

/** Name of an import as a grant has it, such as `acme:tax/rates`, with or without version → plugin that has it. */
export type LinkedNames = Readonly<Record<string, string>>;

/** Plugin that an import is linked to: by its id, without version, or by that of a compatible version. */
export function linkedTo(links: LinkedNames, id: string): string | undefined {
  const parsed = parseInterfaceId(id);
  const plain = own(links, id) ?? (parsed && own(links, `${parsed.package}/${parsed.name}`));
  if (plain !== undefined || parsed?.version === undefined) return plain;
  const wanted = canonicalInterfaceName(id);
  const compatible = Object.keys(links).find((key) => canonicalInterfaceName(key) === wanted);
  return compatible === undefined ? undefined : own(links, compatible);
}

export function sameLinks(links: LinkedNames, others: LinkedNames): boolean {
  const names = Object.keys(links);
  return (
    names.length === Object.keys(others).length && names.every((name) => links[name] === own(others, name))
  );
}

/** Names are the component's: what every object has does not count. */
function own(links: LinkedNames, name: string): string | undefined {
  return Object.hasOwn(links, name) ? links[name] : undefined;
}
