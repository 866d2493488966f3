/** WIT of the packages that the host offers for import, as authors of plugins put it into their `wit/deps`. */
import { type CapabilityTable, standardTable } from "./capability-table.ts";
import { handlerInterface } from "./http/incoming-handler.ts";

/** A package whose interfaces plugins may import, or export for the host to call. */
export interface OfferedPackage {
  /** `wasi:clocks` */
  readonly name: string;
  /** The newest version that the host knows. */
  readonly newest: string;
  /** Versions it offers, in words. */
  readonly versions: string;
  readonly interfaces: readonly OfferedInterface[];
  /** Packages that its WIT refers to. */
  readonly needs: readonly NeededPackage[];
  supports(version: string): boolean;
  /** The WIT in a version that it supports. WASI's versions only add: what is newer than the version stays unused. */
  wit(version: string): string;
}

/** The same as answers tell it. */
export interface OfferedWit {
  readonly name: string;
  /** The newest that the host knows; empty for a package without one. */
  readonly version: string;
  readonly versions: string;
  readonly interfaces: readonly OfferedInterface[];
  readonly wit: string;
}

export function offeredWit(table: CapabilityTable): OfferedWit[] {
  return offeredPackages(table).map(({ name, newest, versions, interfaces, wit }) => ({
    ...{ name, version: newest, versions, interfaces },
    wit: wit(newest),
  }));
}

interface NeededPackage {
  readonly name: string;
  /** Absent where it is the same as that of the package that refers to it. */
  readonly version?: string;
}

/** Interface of a package that the host offers. */
export interface OfferedInterface {
  /** `wall-clock` */
  readonly name: string;
  /** The capability that must be granted for it. */
  readonly grant?: string;
  /** Plugins export it, and the host calls it. */
  readonly exported?: true;
}

/** Packages as a host offers them to plugins. */
export function offeredPackages(table: CapabilityTable = standardTable): OfferedPackage[] {
  const offerOf = (name: string) => table.offerOf(name);
  return Object.entries(table.packages).map(([name, text]) => {
    const newest = declaredVersion(text);
    const interfaces = interfacesOf(text).map((own): OfferedInterface => {
      const { capability, offer } = offerOf(`${name}/${own}`) ?? {};
      if (`${name}/${own}` === handlerInterface) return { name: own, exported: true };
      return { name: own, ...(capability && !offer?.free && { grant: capability.name }) };
    });
    const supports = (version: string) =>
      semanticVersion.test(version) &&
      interfaces.every((own) => own.exported || offerOf(`${name}/${own.name}`)?.offer.supports(version));
    return {
      name,
      newest,
      versions: inWords(supports) ?? offerOf(`${name}/${interfaces[0]?.name}`)?.offer.versions ?? newest,
      interfaces,
      needs: neededBy(text, newest),
      supports,
      wit: (version) =>
        table.otherPackages[`${name}@${version}`]?.trimStart() ??
        text.trimStart().replaceAll(`@${newest}`, `@${version}`),
    };
  });
}

function neededBy(text: string, newest: string): NeededPackage[] {
  const used = text.matchAll(/^\s*use ([a-z-]+:[a-z-]+)\/[a-z-]+@([^.]*(?:\.[\w-]+)*)/gm);
  const needs = new Map(Array.from(used, ([, name, version]) => [name!, version!]));
  return [...needs].map(([name, version]) => (version === newest ? { name } : { name, version }));
}

export function declaredVersion(wit: string): string {
  return /^package [^@;]*@([^;]*);/m.exec(wit)?.[1] ?? "";
}

export function interfacesOf(wit: string): string[] {
  return Array.from(wit.matchAll(/(?<![\w%-])interface\s+%?([\w-]+)\s*\{/g), ([, name]) => name!);
}

/** Version as semver.org has it, but for build metadata and numbers that nobody would write. */
const semanticVersion =
  /^(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}(-[0-9a-z-]{1,30}(\.[0-9a-z-]{1,30}){0,3})?$/i;

/** Undefined where it is these versions and no rule. */
function inWords(supports: (version: string) => boolean): string | undefined {
  if (supports("9.0.0")) return "any version";
  if (!supports("0.2.0")) return undefined;
  return supports("0.2.0-draft") ? "every 0.2.x, drafts too" : "every 0.2.x";
}
