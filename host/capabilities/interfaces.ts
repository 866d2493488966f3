/** The interfaces that the host supplies, as types: what an import is compared with. */

import type { Interface } from "../wit/model.ts";
import { parsePackage } from "../wit/text/declaration.ts";
import { capabilities } from "./table.ts";

/** WIT by package, of all capabilities. */
export const packages: Readonly<Record<string, string>> = Object.fromEntries(
  capabilities.flatMap(({ wit }) => Object.entries(wit)).sort(([one], [other]) => (one < other ? -1 : 1)),
);

const parsed = new Map<string, ReadonlyMap<string, Interface>>();

/** `wasi:clocks/wall-clock` → its types and functions, of the newest version known; parsed when first asked for. */
export function hostInterface(name: string): Interface | undefined {
  const namespace = name.slice(0, name.indexOf("/"));
  const text = Object.hasOwn(packages, namespace) ? packages[namespace] : undefined;
  if (text === undefined) return undefined;
  let interfaces = parsed.get(namespace);
  if (!interfaces) {
    const found = parsePackage(text, hostInterface);
    interfaces = new Map([...found].map(([id, iface]) => [id.slice(0, id.indexOf("@")), iface]));
    parsed.set(namespace, interfaces);
  }
  return interfaces.get(name);
}
