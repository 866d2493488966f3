/** Resources as classes: which functions of an interface are their members, and what these are called. */

import {
  type FunctionType,
  type Item,
  resolve,
  rootDefinition,
  type TypeDefinition,
} from "../../../host/wit/model.ts";
import { parseFunctionName } from "../../../host/wit/wit-names.ts";
import { memberFunctionName, NameScope, staticName } from "./names.ts";

/** A function and what AssemblyScript calls it. */
export interface BoundFunction {
  /** Name in the component: `get-time`. */
  readonly wit: string;
  /** Name in errors: `demo:time/clock#get-time`. */
  readonly label: string;
  /** The AssemblyScript function. */
  readonly name: string;
  readonly type: FunctionType;
  /** Set for what belongs to a resource's class; then `name` is the member's. */
  readonly member?: Membership;
}

/** A function that belongs to a resource. */
interface Membership {
  /** A factory is a constructor that may fail: a static method, as AssemblyScript's constructors cannot. */
  readonly kind: "constructor" | "factory" | "method" | "static";
  readonly resource: TypeDefinition;
}

export type MemberFunction = BoundFunction & { readonly member: Membership };

/** The members of each resource of an interface. `taken`: names that its class has already. */
export function membersOf(
  items: readonly Item[],
  label: (name: string) => string,
  taken: readonly string[] = [],
): Map<TypeDefinition, MemberFunction[]> {
  const members = new Map<TypeDefinition, MemberFunction[]>();
  for (const item of items) {
    if (item.kind !== "type" || item.definition.body.kind !== "resource") continue;
    members.set(item.definition, classMembers(item, items, label, taken));
  }
  return members;
}

function classMembers(
  resource: Item & { kind: "type" },
  items: readonly Item[],
  label: (name: string) => string,
  taken: readonly string[],
): MemberFunction[] {
  const scope = new NameScope();
  for (const name of taken) scope.claim(name);
  const members: MemberFunction[] = [];
  const add = (item: Item & { kind: "function" }, kind: Membership["kind"], name: string) =>
    members.push({
      wit: item.name,
      label: label(item.name),
      name,
      type: item.type,
      member: { kind, resource: resource.definition },
    });
  const own = items.flatMap((item) => {
    if (item.kind !== "function") return [];
    const parsed = parseFunctionName(item.name);
    return parsed.resource === resource.name ? [{ item, ...parsed }] : [];
  });
  for (const { item, kind, name } of own) {
    if (kind === "method") add(item, kind, scope.claim(memberFunctionName(name)));
    if (kind === "static") add(item, kind, scope.claim(staticName(name)));
  }
  // Last, because what WIT names goes before the name we give.
  const maker = own.find(({ kind }) => kind === "constructor")?.item;
  if (!maker) return members;
  const mayFail = maker.type.result !== undefined && resolve(maker.type.result).kind === "result";
  if (mayFail) add(maker, "factory", scope.claim("create"));
  else add(maker, "constructor", "constructor");
  return [members.at(-1)!, ...members.slice(0, -1)];
}

/** The parameters an author writes: a method's `self` is `this`. */
export function writtenParameters({ type, member }: BoundFunction): BoundFunction["type"]["parameters"] {
  return member?.kind === "method" ? type.parameters.slice(1) : type.parameters;
}

/** The core module from which a resource's `[resource-drop]` comes, and what else its maker needs. */
export function resourceModule(resource: TypeDefinition): string {
  const { interface: id, direction } = rootDefinition(resource).owner;
  return `${direction === "export" ? "[export]" : ""}${id ?? "$root"}`;
}

/** True where handles of it are of the plugin's own making: then AssemblyScript sees the author's class. */
export function isAuthored(resource: TypeDefinition): boolean {
  return rootDefinition(resource).owner.direction === "export";
}
