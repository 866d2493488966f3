/** Host functions that an embedder gives: how they are named, and what of what a component wants is not among them. */
import { type HostFunction, type HostImports, hostPrices } from "../engine/engine.ts";
import { HotcellError } from "../errors.ts";
import { kindOf } from "../text/kind-of.ts";
import { nearest } from "../text/nearest.ts";
import { canonicalInterfaceName } from "../wit/interface-version.ts";
import { camelCase, parseFunctionName, parseInterfaceId, pascalCase } from "../wit/wit-names.ts";

/**
 * Host functions of an embedder's own: by interface (`acme:mail/send`, with or without version), then by name in
 * camelCase; classes of resources in PascalCase. What the component imports outside of interfaces is given by itself, or
 * in `$root`.
 */
export type GivenImports = Readonly<Record<string, GivenMember | Readonly<Record<string, GivenMember>>>>;

/** A function, or the class of a resource. */
// biome-ignore lint/suspicious/noExplicitAny: host functions are typed by WIT, not by TypeScript.
export type GivenMember = HostFunction | (abstract new (...args: any[]) => object);

export type GivenGroup = Readonly<Record<string, HostFunction>>;

/** Group of functions that are imported outside of interfaces. */
export const rootGroup = "$root";

/** Imports as engines take them: functions given by themselves are among those of `$root`. Throws `bad-settings`. */
export function importsGiven(given: unknown): HostImports {
  if (!isGroup(given)) throw wrong("imports", "an object of interfaces and functions", given);
  const groups: Record<string, GivenGroup> = {};
  const alone: Record<string, HostFunction> = {};
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "function") alone[name] = value as HostFunction;
    else if (isGroup(value)) groups[name] = value as GivenGroup;
    else throw wrong(`imports[${JSON.stringify(name)}]`, "an object of functions, or a function", value);
  }
  if (Object.keys(alone).length > 0) groups[rootGroup] = { ...groups[rootGroup], ...alone };
  const prices = (given as HostImports)[hostPrices];
  return prices ? { ...groups, [hostPrices]: prices } : groups;
}

/** The group given for an interface: by its id, without version, or by that of a compatible version. */
export function givenFor(given: HostImports, id: string): GivenGroup | undefined {
  const parsed = parseInterfaceId(id);
  const plain = own(given, id) ?? (parsed && own(given, `${parsed.package}/${parsed.name}`));
  if (plain || parsed?.version === undefined) return plain;
  const wanted = canonicalInterfaceName(id);
  const compatible = Object.keys(given).find((key) => canonicalInterfaceName(key) === wanted);
  return compatible === undefined ? undefined : given[compatible];
}

/** Clause that says why a function that is wanted is not among those given at `place`. Undefined where it is. */
export function lacking(place: string, given: GivenGroup, name: string): string | undefined {
  const { kind, resource = "", name: member } = parseFunctionName(name);
  const key = camelCase(member);
  if (kind === "free") return notFunction(place, given, key, member);
  const className = pascalCase(resource);
  const missing = notFunction(place, given, className, resource);
  if (missing !== undefined) return `${missing} (the class of the resource ${resource})`;
  if (kind === "constructor") return undefined;
  const type = given[className]!;
  const holder: unknown = kind === "static" ? type : type.prototype;
  if (hasMember(holder, key)) return undefined;
  return `the class ${place}.${className} has no ${kind === "static" ? "static " : ""}method ${key}`;
}

function notFunction(place: string, given: GivenGroup, key: string, name: string): string | undefined {
  const found: unknown = own(given, key);
  if (typeof found === "function") return undefined;
  if (found !== undefined) return `${place}.${key} is ${kindOf(found)}, not a function`;
  const asWritten = name !== key && own(given, name) !== undefined;
  const near = asWritten ? [name] : nearest(key, Object.keys(given));
  const hint = asWritten
    ? `; names there are in ${/^[A-Z]/.test(key) ? "PascalCase" : "camelCase"}, and it has ${JSON.stringify(name)}`
    : "";
  return `${place}.${key} is missing${hint || (near.length > 0 ? `; it has ${near.join(", ")}` : "")}`;
}

/** Test for a member, of its own or inherited, but for what every object or function has. */
function hasMember(holder: unknown, key: string): boolean {
  const found = (holder as Record<string, unknown> | undefined)?.[key];
  const usual = [Object.prototype, Function.prototype] as unknown as Record<string, unknown>[];
  return typeof found === "function" && usual.every((every) => every[key] !== found);
}

/** The interface that somebody may have meant to give, where nothing is given for this one. */
export function otherName(given: HostImports, id: string): string | undefined {
  const parsed = parseInterfaceId(id);
  const names = Object.keys(given).filter((name) => name !== rootGroup);
  const plain = parsed ? nearest(`${parsed.package}/${parsed.name}`, names) : [];
  const near = [...new Set([...nearest(id, names), ...plain])];
  if (near.length === 0) return undefined;
  return `The plugin imports ${id}, and imports has ${near.join(", ")}: give it by the name that the plugin imports.`;
}

function isGroup(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(subject: string, expected: string, actual: unknown): HotcellError {
  return new HotcellError("bad-settings", `${subject} must be ${expected}, but is ${kindOf(actual)}.`, {
    subject,
    expected,
    actual: kindOf(actual),
    remedy: 'Give it like imports: { "acme:mail/send": { sendMail: (to, text) => … } }.',
  });
}

/** Names are the component's: what every object has does not count. */
function own<T>(holder: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}
