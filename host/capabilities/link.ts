/** Who supplies each import of a world: the embedder, a granted capability, or nobody (and then it is refused). */
import type { HostImports } from "../engine/engine.ts";
import { canSuspend } from "../engine/suspension.ts";
import { didYouMean, nearest } from "../text/nearest.ts";
import { sameFunctionType } from "../wit/equal.ts";
import { type FunctionType, functionsIn, type Interface, type Item, type World } from "../wit/model.ts";
import { writtenOut } from "../wit/text/brief.ts";
import { camelCase, parseFunctionName, parseInterfaceId, pascalCase } from "../wit/wit-names.ts";
import type { Capability, LinkedInterface } from "./capability.ts";
import type { CapabilityTable } from "./capability-table.ts";
import { type GivenGroup, givenFor, lacking, otherName, rootGroup } from "./given.ts";
import type { ParsedGrants } from "./grants.ts";
import { grantedLinks } from "./plugins/granted-links.ts";
import { linkedTo } from "./plugins/linked-names.ts";
import { plugins } from "./plugins/plugin-grant.ts";
import { allOffers, cannotSuspend, type Refusal, refused } from "./refusal.ts";
import { LinkedImports, type Supplier } from "./supply.ts";

/**
 * Link of a world's imports to who supplies each, decided once a deployment. `given` are the embedder's own functions,
 * where whoever opens the plugin may give some; they go first. Throws `unknown-import`, `import-mismatch` or
 * `import-not-granted`, naming every import concerned.
 */
export function linkImports(world: World, grants: ParsedGrants, given?: HostImports): LinkedImports {
  const linker = new ImportLinker(grants, given);
  linker.world(world);
  if (linker.refusals.length > 0) throw refused(linker.refusals, grants.table, given ? "opened" : "deployed");
  const { embedded, functions, concerned, linked } = linker;
  const suppliers = [...linker.suppliers.values()];
  return new LinkedImports(world, grants, { suppliers, embedded, functions, concerned, linked });
}

/**
 * Link of the same world under other grants. It follows from the one there is, unless a capability that the world has
 * something of is granted in the one and not in the other: then an import may have nobody any more, and it throws what
 * `linkImports` throws.
 */
export function relinked(linked: LinkedImports, grants: ParsedGrants): LinkedImports {
  return linked.under(grants) ?? linkImports(linked.world, grants);
}

class ImportLinker {
  readonly refusals: Refusal[] = [];
  readonly suppliers = new Map<Capability, Supplier>();
  readonly embedded = new Map<string, GivenGroup>();
  readonly functions = new Set<string>();
  readonly concerned = new Set<Capability>();
  readonly linked: LinkedInterface[] = [];
  readonly #grants: ParsedGrants;
  readonly #table: CapabilityTable;
  /** Undefined where nobody may give any. */
  readonly #given: HostImports | undefined;

  constructor(grants: ParsedGrants, given: HostImports | undefined) {
    this.#grants = grants;
    this.#table = grants.table;
    this.#given = given;
  }

  world({ imports }: World): void {
    this.#root(imports.filter((item): item is Item => item.kind !== "interface"));
    for (const item of imports) if (item.kind === "interface") this.#interface(item.name, item.interface);
  }

  /** Functions that the world imports outside of interfaces. */
  #root(items: readonly Item[]): void {
    const wanted = functionsIn({ items });
    if (wanted.length === 0) return;
    if (this.#given) {
      this.#embed(rootGroup, { items }, own(this.#given, rootGroup) ?? {});
      return;
    }
    for (const { name } of wanted) {
      const { kind, resource = "", name: member } = parseFunctionName(name);
      const given = kind === "free" ? camelCase(member) : pascalCase(resource);
      const reason = "a host supplies interfaces only, and this is outside of them";
      const remedy = `Import it in an interface, or open the plugin in a program of yours that gives it: open(…, { imports: { ${given} } }).`;
      this.refusals.push({ code: "unknown-import", import: name, reason, remedy });
    }
  }

  #interface(id: string, wanted: Interface): void {
    const parsed = parseInterfaceId(id);
    const name = parsed ? `${parsed.package}/${parsed.name}` : id;
    const given = this.#given && givenFor(this.#given, id);
    if (given) {
      this.#embed(id, wanted, given);
      return;
    }
    const plugin = linkedTo(grantedLinks(this.#grants), id);
    if (plugin !== undefined) {
      this.#link({ id, plugin, interface: wanted });
      return;
    }
    const { capability, offer } = this.#table.offerOf(name) ?? {};
    const settings = capability && this.#grants.settingsOf(capability);
    const supported = offer?.supports(parsed?.version) === true;
    if (capability && supported) this.concerned.add(capability);
    const supplied = supported && (offer.free || settings !== undefined);
    // An interface imported for its types alone needs nobody behind it.
    if (functionsIn(wanted).length === 0 && !supplied) return;
    if (!capability || !offer) {
      const reason = "no capability offers it";
      this.refusals.push({ code: "unknown-import", import: id, reason, remedy: this.#unknown(id, name) });
      return;
    }
    if (!supported) {
      const asked = parsed?.version === undefined ? "it comes without a version" : `not ${parsed.version}`;
      const reason = `the ${capability.name} capability offers it as ${offer.versions}; ${asked}`;
      const remedy = `Build the plugin against version ${offer.versions} of ${name}.`;
      this.refusals.push({ code: "unknown-import", import: id, reason, remedy });
      return;
    }
    if (!supplied) {
      const reason = `it allows ${capability.grant?.allows}`;
      const meant = this.#given && otherName(this.#given, id);
      const refusal = { code: "import-not-granted", import: id, grant: capability.name, reason } as const;
      this.refusals.push(meant === undefined ? refusal : { ...refusal, remedy: meant });
      return;
    }
    this.refusals.push(...mismatches(id, wanted, this.#table.interfaceOf(name, parsed?.version)!));
    for (const { name: member } of functionsIn(wanted)) {
      this.functions.add(`${name}#${member}`);
      const waits = settings !== undefined && capability.suspends?.includes(`${name}#${member}`);
      if (waits && !canSuspend()) this.refusals.push(cannotSuspend(`${id}#${member}`));
    }
    this.#supply(capability, { id, name });
  }

  /** Supplies it by a link: whether that plugin has it, and of these types, is the registry's to judge. */
  #link(link: LinkedInterface): void {
    this.concerned.add(plugins);
    // Of types alone: see above.
    const functions = functionsIn(link.interface);
    if (functions.length === 0) return;
    // Whether there is anything to wait for is known when they are called.
    if (!canSuspend())
      this.refusals.push(...functions.map(({ name }) => cannotSuspend(`${link.id}#${name}`)));
    this.linked.push(link);
    // A component may import an interface in several versions, each from another plugin.
    this.#supply(plugins, { id: link.id, name: link.id });
  }

  #supply<S>(capability: Capability<S>, supplied: Supplier["interfaces"][number]): void {
    const known = this.suppliers.get(capability as Capability);
    const settings = this.#grants.settingsOf(capability);
    const supplier = known ?? { capability: capability as Capability, settings, interfaces: [] };
    this.suppliers.set(capability as Capability, supplier);
    supplier.interfaces.push(supplied);
  }

  #embed(id: string, wanted: Interface, given: GivenGroup): void {
    for (const { name } of functionsIn(wanted)) {
      const reason = lacking(`imports[${JSON.stringify(id)}]`, given, name);
      if (reason === undefined) continue;
      const subject = id === rootGroup ? name : `${id}#${name}`;
      const remedy = `Give it in imports: functions in camelCase, resources as classes in PascalCase${id === rootGroup ? ", what is outside of interfaces by itself or in $root" : ""}.`;
      this.refusals.push({ code: "unknown-import", import: subject, reason, remedy });
    }
    const resources = wanted.items.filter(
      (item) => item.kind === "type" && item.definition.body.kind === "resource",
    );
    const ends = resources.map(({ name }) => [`[resource-drop]${name}`, disposeGiven] as const);
    this.embedded.set(id, ends.length > 0 ? { ...given, ...Object.fromEntries(ends) } : given);
  }

  /** Remedy for an interface that nobody offers. */
  #unknown(id: string, name: string): string {
    const meant = this.#given && otherName(this.#given, id);
    if (meant !== undefined) return meant;
    const near = didYouMean(nearest(name, this.#table.offeredNames()));
    if (this.#given) {
      const give = `give it: open(…, { imports: { "${name}": { … } } }).`;
      return near
        ? `${near} Or ${give}`
        : `Build the plugin without ${id}, or ${give} ${allOffers(this.#table)}`;
    }
    const links = Object.keys(grantedLinks(this.#grants) ?? {});
    const linked = nearest(name, links);
    const instead = linked.length > 0 ? ` (grants.plugins has ${linked.join(", ")})` : "";
    const link = `ink it to a plugin that exports it${instead}: settings {"grants":{"plugins":{${JSON.stringify(name)}:"NAME"}}}.`;
    return near
      ? `${near} Or l${link}`
      : `L${link} Or build the plugin without ${id}. ${allOffers(this.#table)}`;
  }
}

/** An object of the embedder's that no guest has any more. */
function disposeGiven(object: Partial<Disposable>): void {
  object[Symbol.dispose]?.();
}

function mismatches(id: string, wanted: Interface, offered: Interface): Refusal[] {
  const offers = new Map(functionsIn(offered).map(({ name, type }) => [name, type]));
  return functionsIn(wanted).flatMap(({ name, type }): Refusal[] => {
    const offer = offers.get(name);
    if (!offer) {
      const reason = "the host's interface has no such function";
      const near = didYouMean(nearest(name, offers.keys()));
      const remedy =
        near ??
        `Build the plugin against the published WIT: the interface has ${[...offers.keys()].join(", ")}.`;
      return [{ code: "unknown-import", import: `${id}#${name}`, reason, remedy }];
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
