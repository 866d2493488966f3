/** Who supplies each import of a world: the embedder, a granted capability, or nobody (and then it is refused). */
import type { HostFunction, HostImports } from "../engine/engine.ts";
import { HotcellError, nearest } from "../errors.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import { writtenOut } from "../wit/brief.ts";
import { sameFunctionType } from "../wit/equal.ts";
import { camelCase, parseFunctionName, parseInterfaceId, pascalCase } from "../wit/names.ts";
import type { FunctionType, Interface, Item, World } from "../wit/types.ts";
import type { Capability } from "./capability.ts";
import type { Env } from "./env.ts";
import { scrubberFor } from "./env.ts";
import { functionsOf, hostInterface } from "./interfaces.ts";
import { type Refusal, refused } from "./refusal.ts";
import { LinkedSupply, type Supplier, type Supply } from "./supply.ts";
import { capabilities, offerOf } from "./table.ts";

/** Capability name → its settings; `false` or absence denies. */
export type Grants = Readonly<Record<string, unknown>>;

/** Throws `bad-settings` for a grant nobody knows, or settings its capability can't honour. */
export function checkGrants(grants: Grants): void {
  const grantable = capabilities.filter((capability) => capability.allows !== undefined);
  for (const [name, settings] of Object.entries(grants)) {
    const capability = grantable.find((c) => c.name === name);
    if (!capability) {
      const names = grantable.map((c) => c.name);
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

/**
 * Grants of which each is as `wanted` has it, where that gives no more; else it stays as it is granted. Both passed
 * `checkGrants`.
 */
export function grantsWithin(granted: Grants, wanted: Grants): Grants {
  const entries = Object.entries(granted).map(([name, settings]) => {
    const other = Object.hasOwn(wanted, name) ? wanted[name] : settings;
    const capability = capabilities.find((c) => c.name === name);
    const less = other === false || (settings !== false && capability?.within(other, settings));
    return [name, less ? other : settings];
  });
  return Object.fromEntries(entries);
}

/**
 * Decides once per deployment who supplies what; nothing is bound before the first cell asks. `given` are the
 * embedder's own functions; they go first. `env` is what the plugin is configured with; `scrubber` strikes its secrets.
 * What the host keeps for the cells' handles is drawn from `heap`.
 * Throws `unknown-import`, `import-mismatch` or `import-not-granted`, naming every import concerned.
 */
export function linkImports(
  world: World,
  grants: Grants,
  given: HostImports = {},
  env: Env = {},
  scrubber = scrubberFor({ env, grants }),
  heap?: HeapAccount,
): Supply {
  const linker = new Linker(grants, given);
  linker.world(world);
  if (linker.refusals.length > 0) throw refused(linker.refusals);
  return new LinkedSupply(
    linker.embedded,
    [...linker.suppliers.values()],
    linker.functions,
    env,
    scrubber,
    heap,
  );
}

/** The settings of the capabilities that a world imports something of, as they are granted: all that grants do for it. */
export function usedGrants(world: World, grants: Grants): Readonly<Record<string, unknown>> {
  const linker = new Linker(grants, {});
  linker.world(world);
  const used = linker.suppliers.values().map(({ capability, settings }) => [capability.name, settings]);
  return Object.fromEntries(used);
}

class Linker {
  readonly refusals: Refusal[] = [];
  readonly suppliers = new Map<Capability, Supplier>();
  readonly embedded = new Map<string, Readonly<Record<string, HostFunction>>>();
  readonly functions = new Set<string>();
  readonly #grants: Grants;
  readonly #given: HostImports;

  constructor(grants: Grants, given: HostImports) {
    this.#grants = grants;
    this.#given = given;
  }

  world({ imports }: World): void {
    this.#root(imports.filter((item): item is Item => item.kind !== "interface"));
    for (const item of imports) if (item.kind === "interface") this.#interface(item.name, item.interface);
  }

  /** Functions that the world imports outside of interfaces. */
  #root(items: readonly Item[]): void {
    const given = own(this.#given, "$root");
    if (given) this.#embed("$root", { items }, given);
    else
      for (const { name } of functionsOf({ items }))
        this.refusals.push({
          code: "unknown-import",
          import: name,
          reason: "the host offers no functions outside interfaces",
        });
  }

  #interface(id: string, wanted: Interface): void {
    const parsed = parseInterfaceId(id);
    const name = parsed ? `${parsed.package}/${parsed.name}` : id;
    const given = own(this.#given, id) ?? own(this.#given, name);
    if (given) {
      this.#embed(id, wanted, given);
      return;
    }
    const { capability, offer } = offerOf(name) ?? {};
    const settings = capability && granted(capability, this.#grants);
    const supplied = offer?.supports(parsed?.version) && (offer.free || settings !== undefined);
    // An interface imported for its types alone needs nobody behind it.
    if (functionsOf(wanted).length === 0 && !supplied) return;
    if (!capability || !offer) {
      this.refusals.push({ code: "unknown-import", import: id, reason: "no capability offers it" });
      return;
    }
    if (!offer.supports(parsed?.version)) {
      const reason = `the ${capability.name} capability does not implement this version`;
      this.refusals.push({ code: "unknown-import", import: id, reason });
      return;
    }
    if (!supplied) {
      const reason = `it allows ${capability.allows}`;
      this.refusals.push({ code: "import-not-granted", import: id, grant: capability.name, reason });
      return;
    }
    this.refusals.push(...mismatches(id, wanted, hostInterface(name)!));
    for (const { name: member } of functionsOf(wanted)) this.functions.add(`${name}#${member}`);
    const supplier = this.suppliers.get(capability) ?? { capability, settings, interfaces: [] };
    this.suppliers.set(capability, supplier);
    supplier.interfaces.push({ id, name });
  }

  #embed(id: string, wanted: Interface, given: Readonly<Record<string, HostFunction>>): void {
    for (const { name } of functionsOf(wanted)) {
      const { kind, resource = "", name: member } = parseFunctionName(name);
      if (own(given, kind === "free" ? camelCase(member) : pascalCase(resource))) continue;
      const reason = "the embedder's imports lack it";
      this.refusals.push({ code: "unknown-import", import: `${id}#${name}`, reason });
    }
    this.embedded.set(id, given);
  }
}

/** The settings it is granted with; undefined where it is not. */
function granted(capability: Capability, grants: Grants): unknown {
  if (capability.allows === undefined || !Object.hasOwn(grants, capability.name)) return undefined;
  const settings = grants[capability.name];
  return settings === false ? undefined : settings;
}

function mismatches(id: string, wanted: Interface, offered: Interface): Refusal[] {
  const offers = new Map(functionsOf(offered).map(({ name, type }) => [name, type]));
  return functionsOf(wanted).flatMap(({ name, type }): Refusal[] => {
    const offer = offers.get(name);
    if (!offer) {
      const reason = "the host does not offer this function";
      return [{ code: "unknown-import", import: `${id}#${name}`, reason }];
    }
    return sameFunctionType(offer, type) ? [] : [mismatch(`${id}#${name}`, offer, type)];
  });
}

function mismatch(name: string, offered: FunctionType, wanted: FunctionType): Refusal {
  const reason = `the host offers ${writtenOut(offered)}, the component wants ${writtenOut(wanted)}`;
  return { code: "import-mismatch", import: name, reason };
}

/** Names are the component's: what every object has does not count. */
function own<T>(holder: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}
