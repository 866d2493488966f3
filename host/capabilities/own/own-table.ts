/** Table of a host whose embedder has given capabilities: each is checked before anything runs. */
import { decodeWitPackage } from "../../component/compiled-package.ts";
import { asHotcellError, HotcellError } from "../../errors.ts";
import {
  aFunction,
  anObject,
  aText,
  checkOptions,
  count,
  type Kind,
  requireKind,
} from "../../platform/code-options.ts";
import { canonicalInterfaceName } from "../../wit/interface-version.ts";
import { functionsIn, type Interface } from "../../wit/model.ts";
import { parsePackage, withoutComments } from "../../wit/text/declaration.ts";
import { printPackageOf } from "../../wit/text/print.ts";
import { isLabel, parseInterfaceId } from "../../wit/wit-names.ts";
import type { Capability } from "../capability.ts";
import { CapabilityTable, standardTable } from "../capability-table.ts";
import { declaredVersion } from "../offered-wit.ts";
import type { HostCapability, OwnPrice } from "./host-capability.ts";
import { isPrice, ownCapability } from "./own-capability.ts";

/** Capabilities by the interface that each offers, without version: `acme:shop/db`. */
// biome-ignore lint/suspicious/noExplicitAny: each has settings of its own.
export type HostCapabilities = Readonly<Record<string, HostCapability<any>>>;

const kinds: { readonly [Name in keyof HostCapability]-?: Kind } = {
  grant: { expected: "a name such as shop-db", fits: (value) => typeof value === "string" && isLabel(value) },
  allows: aText,
  wit: {
    expected: "the text of a WIT package, or its bytes as WIT tools compile it",
    fits: (value) => typeof value === "string" || value instanceof Uint8Array,
  },
  settings: {
    expected: "a Standard Schema, such as valibot and zod make",
    fits: (value) =>
      typeof (value as { "~standard"?: { validate?: unknown } } | null)?.["~standard"]?.validate ===
      "function",
  },
  price: anObject,
  concurrency: count(1, "calls"),
  functions: aFunction,
};
const priceKinds = { call: count(0, "units"), byte: count(0, "units") } satisfies Record<
  keyof OwnPrice,
  Kind
>;
const needed = ["grant", "wit", "functions"] as const;

/**
 * The table with these beside our own. `fault` hears of failures of their functions. Throws `bad-settings` for what is no
 * capability, for WIT that is none or has no such interface, and for names that are taken.
 */
export function tableWith(
  given: HostCapabilities | undefined,
  fault: (error: unknown) => void,
): CapabilityTable {
  if (given === undefined) return standardTable;
  const packages = new OwnPackages();
  const own: Capability[] = [];
  for (const [name, capability] of Object.entries(given)) {
    const what = `capabilities[${JSON.stringify(name)}]`;
    checkCapability(what, capability);
    const wit = witOf(what, capability);
    const iface = packages.interfaceOf(what, name, wit);
    requirePrices(what, capability, iface);
    const { grant } = capability;
    const taken = standardTable.find(grant) ?? own.find((each) => each.name === grant);
    if (taken)
      throw wrong(
        `${what}.grant`,
        `There is a capability ${grant} already.`,
        "Choose another name to grant it by.",
      );
    const version = declaredVersion(wit) || undefined;
    own.push(ownCapability(name, capability, version, sameTrack(name, version), fault));
  }
  return new CapabilityTable([...standardTable.capabilities, ...own, packages.asCapability()]);
}

/** Packages that the embedder's interfaces are in. */
class OwnPackages {
  readonly #texts = new Map<string, string>();

  /** Throws `bad-settings`. */
  interfaceOf(what: string, name: string, wit: string): Interface {
    const id = parseInterfaceId(name);
    if (!id || id.version !== undefined)
      throw wrong(
        what,
        `${name} is no interface.`,
        "Name it by package and interface, without a version: acme:shop/db.",
      );
    const { package: pkg } = id;
    if (Object.hasOwn(standardTable.packages, pkg))
      throw wrong(what, `${pkg} is a package of Hotcell's own.`, "Put your functions in a package of yours.");
    const known = this.#texts.get(pkg);
    if (known !== undefined && known !== wit)
      throw wrong(
        `${what}.wit`,
        `Another capability gives another text of ${pkg}.`,
        "Give all of a package the same text.",
      );
    const found = this.#parse(what, pkg, wit).get(name);
    if (!found)
      throw wrong(
        `${what}.wit`,
        `The WIT has no interface ${name}.`,
        `Give the text of package ${pkg}, with interface ${id.name}.`,
      );
    this.#texts.set(pkg, wit);
    return found;
  }

  /** Capability that brings the texts: several of the embedder's may be of one package. */
  asCapability(): Capability {
    const none = { offers: [], prices: {}, bind: () => ({ supply: () => ({ interfaces: {} }) }) };
    return { name: "own packages", wit: Object.fromEntries(this.#texts), ...none };
  }

  #parse(what: string, pkg: string, wit: string): ReadonlyMap<string, Interface> {
    try {
      const found = parsePackage(withoutComments(wit), standardTable.interfaceOf);
      return new Map([...found].map(([id, iface]) => [id.replace(/@.*$/, ""), iface]));
    } catch (error) {
      throw wrong(
        `${what}.wit`,
        `The WIT of ${pkg} can't be read: ${whereIn(wit, asHotcellError(error))}`,
        "Give the text of one package, with interfaces and no worlds, or have WIT tools compile it: wasm-tools component wit wit/ --wasm.",
        error,
      );
    }
  }
}

/** Message of an error in a text, by line and column. */
function whereIn(text: string, { message, facts: { offset } }: HotcellError): string {
  if (offset === undefined) return message;
  const lines = text.slice(0, offset).split("\n");
  return message.replace(
    `at position ${offset}`,
    `at line ${lines.length}, column ${lines.at(-1)!.length + 1}`,
  );
}

/** Text of the WIT that a capability gives; of a compiled one what is printed of it. */
function witOf(what: string, { wit }: HostCapability): string {
  if (typeof wit === "string") return wit;
  try {
    const { name, interfaces } = decodeWitPackage(wit);
    return printPackageOf(name, interfaces);
  } catch (error) {
    throw wrong(
      `${what}.wit`,
      `The compiled WIT can't be read: ${asHotcellError(error).message}`,
      "Give the bytes of one package: wasm-tools component wit wit/ --wasm -o package.wasm.",
      error,
    );
  }
}

function checkCapability(what: string, own: HostCapability): void {
  checkOptions(what, own, kinds);
  for (const name of needed) requireKind(`The option ${name} of ${what}`, own[name], kinds[name], name);
}

function requirePrices(what: string, { price }: HostCapability, iface: Interface): void {
  if (price === undefined) return;
  if (isPrice(price)) {
    checkOptions(`${what}.price`, price, priceKinds);
    return;
  }
  const names = functionsIn(iface).map(({ name }) => name);
  checkOptions(`${what}.price`, price, Object.fromEntries(names.map((name) => [name, anObject])));
  for (const [name, own] of Object.entries(price))
    checkOptions(`${what}.price[${JSON.stringify(name)}]`, own, priceKinds);
}

/** Versions that are compatible with the host's by semver; what they need is compared besides. */
function sameTrack(name: string, own: string | undefined): (version: string | undefined) => boolean {
  if (own === undefined) return (version) => version === undefined;
  const track = canonicalInterfaceName(`${name}@${own}`);
  return (version) => version !== undefined && canonicalInterfaceName(`${name}@${version}`) === track;
}

function wrong(subject: string, detail: string, remedy: string, cause?: unknown): HotcellError {
  return new HotcellError("bad-settings", detail, { subject, remedy, ...(cause !== undefined && { cause }) });
}
