/** Who supplies each import of a world: the embedder, a granted capability, or nobody (and then it is refused). */
import type { HostFunction, HostImports } from "../engine/engine.ts";
import { type ErrorCode, HotcellError, nearest } from "../errors.ts";
import { writtenOut } from "../wit/brief.ts";
import { sameFunctionType } from "../wit/equal.ts";
import { parseFunctionType } from "../wit/expression.ts";
import { camelCase, parseInterfaceId } from "../wit/names.ts";
import type { FunctionType, Item, World } from "../wit/types.ts";
import type { Capability, CapabilityFunction, Recipient } from "./capability.ts";
import { clocks } from "./clocks.ts";
import { logging } from "./logging.ts";
import { random } from "./random.ts";

/** The capability table. What is not in it can't be granted. */
const capabilities: readonly Capability[] = [clocks, random, logging];

/** Capability name → its settings; `false` or absence denies. */
export type Grants = Readonly<Record<string, unknown>>;

/** Throws `bad-settings` for a grant nobody knows, or settings its capability can't honour. */
export function checkGrants(grants: Grants): void {
  for (const [name, settings] of Object.entries(grants)) {
    const capability = capabilities.find((c) => c.name === name);
    if (!capability) {
      const names = capabilities.map((c) => c.name);
      throw new HotcellError("bad-settings", `There is no capability "${name}" to grant.`, {
        subject: `grants.${name}`,
        expected: names.join(", "),
        remedy: `Grant one of: ${names.join(", ")}.`,
        extra: { near: nearest(name, names) },
      });
    }
    if (settings !== false) capability.check(settings);
  }
}

/** Makes the host functions of one cell. */
export type Supply = (recipient: Recipient) => HostImports;

/**
 * Decides once per deployment who supplies what. `given` are the embedder's own functions; they go first.
 * Throws `unknown-import`, `import-mismatch` or `import-not-granted`, naming every import concerned.
 */
export function linkImports(world: World, grants: Grants, given: HostImports = {}): Supply {
  const refusals: Refusal[] = [];
  const suppliers: ((recipient: Recipient) => [string, Readonly<Record<string, HostFunction>>])[] = [];
  const supplyGiven = (
    name: string,
    items: readonly Item[],
    functions: Readonly<Record<string, HostFunction>>,
  ) => {
    for (const { name: member } of functionsOf(items)) {
      if (typeof functions[camelCase(member)] !== "function")
        refusals.push({
          code: "unknown-import",
          import: `${name}#${member}`,
          reason: "the embedder's imports lack it",
        });
    }
    suppliers.push(() => [name, functions]);
  };

  const rootItems = world.imports.filter((item): item is Item => item.kind !== "interface");
  if (given.$root) supplyGiven("$root", rootItems, given.$root);
  else
    for (const { name } of functionsOf(rootItems))
      refusals.push({
        code: "unknown-import",
        import: name,
        reason: "the host offers no functions outside interfaces",
      });

  for (const item of world.imports) {
    if (item.kind !== "interface") continue;
    const id = parseInterfaceId(item.name);
    const unversioned = id ? `${id.package}/${id.name}` : item.name;
    const embedded = given[item.name] ?? given[unversioned];
    if (embedded) {
      supplyGiven(item.name, item.interface.items, embedded);
      continue;
    }
    // An interface imported for its types alone needs nobody behind it.
    if (functionsOf(item.interface.items).length === 0) continue;
    const capability = capabilities.find((c) => c.interfaces.includes(unversioned));
    const settings = capability && Object.hasOwn(grants, capability.name) ? grants[capability.name] : false;
    if (!capability) {
      refusals.push({ code: "unknown-import", import: item.name, reason: "no capability offers it" });
    } else if (!capability.supports(id?.version)) {
      refusals.push({
        code: "unknown-import",
        import: item.name,
        reason: `the ${capability.name} capability does not implement this version`,
      });
    } else if (settings === false) {
      refusals.push({
        code: "import-not-granted",
        import: item.name,
        grant: capability.name,
        reason: `it allows ${capability.allows}`,
      });
    } else {
      const silent: Recipient = { plugin: "", log: () => {} };
      const offered = capability.supply(settings, silent)[unversioned] ?? {};
      refusals.push(...mismatches(item.name, item.interface.items, offered));
      suppliers.push((recipient) => [
        item.name,
        callsOf(capability.supply(settings, recipient)[unversioned] ?? {}),
      ]);
    }
  }
  if (refusals.length > 0) throw refusal(refusals);
  return (recipient) => Object.fromEntries(suppliers.map((supplier) => supplier(recipient)));
}

interface Refusal {
  readonly code: Extract<ErrorCode, "unknown-import" | "import-mismatch" | "import-not-granted">;
  readonly import: string;
  readonly grant?: string;
  readonly reason: string;
}

function functionsOf(items: readonly Item[]): { name: string; type: FunctionType }[] {
  return items.flatMap((item) => (item.kind === "function" ? [item] : []));
}

function mismatches(
  id: string,
  items: readonly Item[],
  offered: Readonly<Record<string, CapabilityFunction>>,
): Refusal[] {
  return functionsOf(items).flatMap(({ name, type }): Refusal[] => {
    const offer = Object.hasOwn(offered, name) ? offered[name] : undefined;
    if (!offer)
      return [
        { code: "unknown-import", import: `${id}#${name}`, reason: "the host does not offer this function" },
      ];
    if (sameFunctionType(parseFunctionType(offer.type), type)) return [];
    const reason = `the host offers ${offer.type}, the component wants ${writtenOut(type)}`;
    return [{ code: "import-mismatch", import: `${id}#${name}`, reason }];
  });
}

function callsOf(functions: Readonly<Record<string, CapabilityFunction>>): Record<string, HostFunction> {
  return Object.fromEntries(Object.entries(functions).map(([name, { call }]) => [camelCase(name), call]));
}

/** One error for all refusals; the gravest decides its code, because a grant can't mend an unknown import. */
function refusal(refusals: readonly Refusal[]): HotcellError {
  const gravity = ["unknown-import", "import-mismatch", "import-not-granted"] as const;
  const code = gravity.find((c) => refusals.some((r) => r.code === c)) ?? "unknown-import";
  const concerned = refusals.filter((r) => r.code === code);
  const list = concerned.map((r) => `${r.import} (${r.reason})`).join("; ");
  const grants = [...new Set(concerned.flatMap((r) => (r.grant ? [r.grant] : [])))];
  const texts = {
    "unknown-import": {
      detail: `The host can't supply: ${list}.`,
      remedy: `Build the plugin without these imports. The host can supply: ${capabilities.flatMap((c) => c.interfaces).join(", ")}.`,
    },
    "import-mismatch": {
      detail: `Imports declared with another type than the host's: ${list}.`,
      remedy: "Build the plugin against the interface's published WIT.",
    },
    "import-not-granted": {
      detail: `The plugin needs what it was not granted: ${list}.`,
      remedy: `Grant it: ${grants.map((g) => `?grant=${g}`).join("&")}, or settings {"grants":{${grants.map((g) => `"${g}":true`).join(",")}}}.`,
    },
  }[code];
  return new HotcellError(code, texts.detail, {
    subject: concerned[0]?.import ?? "",
    remedy: texts.remedy,
    extra: { imports: refusals, ...(grants.length > 0 && { grants }) },
  });
}
