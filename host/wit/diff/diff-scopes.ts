/** The interfaces of a world, and the world itself, as scopes that hold functions and resources. */

import { canonicalInterfaceName } from "../interface-version.ts";
import type { FunctionType, Item, WorldItem } from "../model.ts";
import { briefFunctionType } from "../text/brief.ts";
import { printName } from "../text/print-types.ts";
import { parseFunctionName, parseInterfaceId } from "../wit-names.ts";
import { cutNames } from "./diff-types.ts";

export interface DiffScope {
  /** Absent for the world itself. */
  readonly name?: string;
  readonly items: readonly Item[];
}

/** The interfaces of two worlds, by name, then by compatible version: two versions side by side stay apart. */
export function matchInterfaces(
  before: readonly WorldItem[],
  after: readonly WorldItem[],
): ReadonlyMap<string, string> {
  const [was, is] = [before, after].map((items) =>
    items.flatMap((item) => (item.kind === "interface" ? [item.name] : [])),
  );
  const left = new Set(is);
  const matches = new Map<string, string>();
  for (const name of was!) if (left.delete(name)) matches.set(name, name);
  const byVersion = new Map([...left].map((name) => [canonicalInterfaceName(name), name]));
  for (const name of was!) {
    const match = byVersion.get(canonicalInterfaceName(name));
    if (!matches.has(name) && match !== undefined && left.delete(match)) matches.set(name, match);
  }
  return matches;
}

export function scopesOf(items: readonly WorldItem[]): {
  root: DiffScope;
  interfaces: Map<string, DiffScope>;
} {
  const own = items.filter((item) => item.kind !== "interface");
  const interfaces = items.flatMap((item): [string, DiffScope][] =>
    item.kind === "interface" ? [[item.name, { name: item.name, items: item.interface.items }]] : [],
  );
  return { root: { items: own }, interfaces: new Map(interfaces) };
}

export function functionsOf({ items }: DiffScope): Map<string, FunctionType> {
  return new Map(
    items.flatMap((item) => (item.kind === "function" ? [[item.name, item.type] as const] : [])),
  );
}

/** The resources that are defined here; those that are used from elsewhere belong there. */
export function resourcesOf({ items }: DiffScope): Set<string> {
  return new Set(
    items.flatMap((item) =>
      item.kind === "type" && item.definition.body.kind === "resource" ? [item.name] : [],
    ),
  );
}

/** Interfaces of value types alone give callers nothing to call and the host nothing to supply. */
export function hasBehaviour(scope: DiffScope): boolean {
  return functionsOf(scope).size > 0 || resourcesOf(scope).size > 0;
}

/** `name`, or `ns:pkg/iface@1.0.0#name`: what lookups take. */
export function pathOf({ name }: DiffScope, item: string): string {
  return name === undefined ? item : `${name}#${item}`;
}

export function unversioned(name: string): string {
  const id = parseInterfaceId(name);
  return id ? `${id.package}/${id.name}` : name;
}

// ---- Text

/** A text that stands for many shows so many of them. */
const maxShown = 8;

export function scopeText(scope: DiffScope): string {
  const resources = [...resourcesOf(scope)].map((name) => `resource ${printName(name)};`);
  return block("interface", [...memberTexts(freeFunctionsOf(scope)), ...resources]);
}

export function resourceText({ items }: DiffScope, name: string): string {
  const members = items.filter((item) => parseFunctionName(item.name).resource === name);
  return block(`resource ${printName(name)}`, memberTexts(members));
}

function freeFunctionsOf({ items }: DiffScope): Item[] {
  return items.filter((item) => item.kind === "function" && parseFunctionName(item.name).kind === "free");
}

function memberTexts(items: readonly Item[]): string[] {
  return items
    .slice(0, maxShown + 1)
    .flatMap((item) => (item.kind === "function" ? [`${memberText(item.name, item.type)};`] : []));
}

function block(head: string, members: readonly string[]): string {
  if (members.length === 0) return cutNames(head);
  const more = members.length > maxShown ? " …" : "";
  return cutNames(`${head} { ${members.slice(0, maxShown).join(" ")}${more} }`, 2000);
}

/** Text of a function as WIT has it inside an interface, or inside a resource. */
function memberText(fullName: string, type: FunctionType): string {
  const { kind, name } = parseFunctionName(fullName);
  switch (kind) {
    case "constructor":
      return briefFunctionType({ parameters: type.parameters }).replace(/^func/, "constructor");
    case "method":
      return `${printName(name)}: ${briefFunctionType({ ...type, parameters: type.parameters.slice(1) })}`;
    case "static":
      return `${printName(name)}: static ${briefFunctionType(type)}`;
    default:
      return `${printName(name)}: ${briefFunctionType(type)}`;
  }
}

/** `, with quote, resource cart and 3 more`. */
export function listed(scope: DiffScope): string {
  const resources = [...resourcesOf(scope)].map((name) => `resource ${name}`);
  const names = [...freeFunctionsOf(scope).map((item) => item.name), ...resources];
  const first = names.slice(0, maxShown).map((name) => cutNames(name, 60));
  const more = names.length > maxShown ? ` and ${names.length - maxShown} more` : "";
  return `, with ${first.join(", ")}${more}`;
}
