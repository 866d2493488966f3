/** Places where jco's glue expects the imports of a world and puts its exports. */
import { HotcellError } from "../../errors.ts";
import { type FunctionType, type Item, resolve, type World } from "../../wit/model.ts";
import { Checkers } from "../../wit/values/values.ts";
import { camelCase, parseFunctionName, pascalCase } from "../../wit/wit-names.ts";
import type { HostFunction, HostImports } from "../engine.ts";
import { conventions, type HostConventions } from "../link/host-function.ts";

export type GuestFunction = (...args: unknown[]) => unknown;

export interface Export {
  /** The contract's name: `greet`, `ns:pkg/iface@1.0.0#greet`, `ns:pkg/iface@1.0.0#[method]file.read`. */
  readonly name: string;
  readonly returnsResult: boolean;
  /** Finds it in what jco's `instantiate` returned. */
  find(exports: unknown): GuestFunction | undefined;
}

export interface Import {
  /** `ns:pkg/iface@1.0.0#now`, or the plain name of a function the world itself imports. */
  readonly name: string;
  /** Place in HostImports: the interface or `$root`, and the JS name. */
  readonly from: readonly [group: string, member: string];
  /** Place in jco's import object. */
  readonly to: readonly [group: string, member: string];
  /** A resource is imported as a class, which jco is given as it is; one without functions (a token) need not have any. */
  readonly kind: "function" | "resource" | "token";
  /** Conventions of a function. */
  readonly conventions?: HostConventions;
}

export function exportsOf(world: World): Export[] {
  return world.exports.flatMap((item) => {
    if (item.kind !== "interface") return item.kind === "function" ? [exported(item)] : [];
    return item.interface.items
      .filter((member) => member.kind === "function")
      .map((member) => exported(member, item.name));
  });
}

function exported(item: Item & { kind: "function" }, iface?: string): Export {
  const { kind, resource, name } = parseFunctionName(item.name);
  const member = camelCase(name);
  return {
    name: iface === undefined ? item.name : `${iface}#${item.name}`,
    returnsResult: returnsResult(item.type),
    find(exports) {
      const group = iface === undefined ? exports : own(exports, iface);
      if (kind === "free") return callable(own(group, member));
      const type = callable(own(group, pascalCase(resource ?? "")));
      if (!type) return undefined;
      if (kind === "static") return callable(own(type, member));
      if (kind === "constructor") return (...args) => Reflect.construct(type, args);
      const method = callable(own(type.prototype, member));
      return method && ((self, ...args) => Reflect.apply(method, self, args));
    },
  };
}

/** Throws `unsupported-feature` for resources that the world itself imports. */
export function importsOf(world: World): Import[] {
  const checkers = new Checkers();
  return world.imports.flatMap((item): Import[] => {
    if (item.kind === "interface") return importsOfInterface(item.name, item.interface.items, checkers);
    if (item.kind === "type") {
      if (item.definition.body.kind !== "resource") return [];
      throw new HotcellError(
        "unsupported-feature",
        `The jco engine can't supply the resource ${item.name}, which the world itself imports.`,
        { subject: item.name, remedy: "Put it into an interface." },
      );
    }
    const { name, type } = item;
    return [
      {
        name,
        from: ["$root", camelCase(name)],
        to: [name, "default"],
        kind: "function",
        conventions: conventions({ kind: "host", group: "$root", name, type }, checkers),
      },
    ];
  });
}

function importsOfInterface(iface: string, items: readonly Item[], checkers: Checkers): Import[] {
  const classes = new Map<string, "resource" | "token">();
  const functions: Import[] = [];
  for (const item of items) {
    if (item.kind === "type") {
      const key = pascalCase(item.name);
      if (item.definition.body.kind === "resource" && !classes.has(key)) classes.set(key, "token");
      continue;
    }
    const { kind, resource } = parseFunctionName(item.name);
    if (kind !== "free") {
      classes.set(pascalCase(resource ?? ""), "resource");
      continue;
    }
    const key = [iface, camelCase(item.name)] as const;
    const name = `${iface}#${item.name}`;
    functions.push({
      name,
      from: key,
      to: key,
      kind: "function",
      conventions: conventions({ kind: "host", group: iface, name: item.name, type: item.type }, checkers),
    });
  }
  for (const [name, kind] of classes)
    functions.push({
      name: `${iface}#${name}`,
      from: [iface, name],
      to: [iface, name],
      kind,
    });
  return functions;
}

/**
 * jco's import object, each function as `guard` makes it. Throws `unknown-import` naming what `given` lacks.
 */
export function importObject(
  imports: readonly Import[],
  given: HostImports,
  guard: (imported: Import, supplied: HostFunction) => HostFunction,
): Readonly<Record<string, unknown>> {
  const groups: Record<string, Record<string, HostFunction>> = Object.create(null);
  for (const imported of imports) {
    const found = callable(own(own(given, imported.from[0]), imported.from[1]));
    const supplied = found ?? (imported.kind === "token" ? (class {} as unknown as HostFunction) : undefined);
    if (!supplied)
      throw new HotcellError("unknown-import", `Nothing supplies the import ${imported.name}.`, {
        subject: imported.name,
        expected: `a function imports["${imported.from[0]}"].${imported.from[1]}`,
        remedy: "Grant the capability that has it, or supply it when opening the plugin.",
      });
    const [group, member] = imported.to;
    groups[group] ??= Object.create(null) as Record<string, HostFunction>;
    groups[group][member] = imported.kind === "function" ? guard(imported, supplied) : supplied;
  }
  return groups;
}

function returnsResult({ result }: FunctionType): boolean {
  return result !== undefined && resolve(result).kind === "result";
}

/** Own properties only: guests name their exports `constructor` and `toString` too. */
function own(holder: unknown, key: string): unknown {
  if ((typeof holder !== "object" && typeof holder !== "function") || holder === null) return undefined;
  return Object.hasOwn(holder, key) ? (holder as Record<string, unknown>)[key] : undefined;
}

function callable(value: unknown): GuestFunction | undefined {
  return typeof value === "function" ? (value as GuestFunction) : undefined;
}
