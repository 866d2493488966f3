/** Packages of the host's that are to come into a plugin's `wit/deps`, held against what is there. */

import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { interfacesOf, type OfferedPackage } from "../../capabilities/offered-wit.ts";
import { HotcellError } from "../../errors.ts";
import { didYouMean, nearest } from "../../text/nearest.ts";
import { shownPath } from "../../text/paths.ts";
import { type WitFolder, type WitText, withoutComments } from "./wit-folder.ts";

export interface WantedPackage {
  readonly offered: OfferedPackage;
  readonly version: string;
  /** It was asked for, and does not just come along with another one. */
  readonly asked: boolean;
}

/** AdditionStep to take with one package. */
export interface AdditionStep extends WantedPackage {
  /** `there`: nothing, because the folder has it. */
  readonly kind: "write" | "replace" | "there";
  readonly path: string;
  /** Files that go. */
  readonly gone: readonly string[];
}

/**
 * Packages by what the author wrote: `wasi:random`, `wasi:clocks@0.2.3`; nothing at all stands for whatever the folder
 * mentions and lacks. A package without a version is taken in that which the folder mentions, else in that of its other
 * packages of WASI, else in the newest. Throws `unknown-import` for what the host does not offer.
 */
export function wantedPackages(
  names: readonly string[],
  folder: WitFolder,
  offers: readonly OfferedPackage[],
): WantedPackage[] {
  const find = (name: string) => offers.find((offer) => offer.name === name);
  const asked =
    names.length > 0
      ? names.flatMap((name) => askedVersions(name, names, folder, offers))
      : missing(folder).filter((id) => find(split(id).name)?.supports(split(id).version ?? ""));
  const wanted = new Map<string, WantedPackage>();
  const add = (offered: OfferedPackage, version: string, isAsked: boolean) => {
    const id = `${offered.name}@${version}`;
    if (wanted.has(id) && !isAsked) return;
    wanted.set(id, { offered, version, asked: isAsked });
    for (const need of offered.needs) add(find(need.name)!, need.version ?? version, false);
  };
  for (const id of asked) add(find(split(id).name)!, split(id).version!, true);
  return [...wanted.values()];
}

/** Packages that the folder mentions and does not have: `wasi:random@0.2.0`. */
export function missing({ files, mentioned }: WitFolder): string[] {
  const there = new Set(files.flatMap(({ declares }) => declares));
  return mentioned.filter((id) => !there.has(id));
}

function askedVersions(
  asked: string,
  all: readonly string[],
  folder: WitFolder,
  offers: readonly OfferedPackage[],
): string[] {
  // An interface stands for its package.
  const { name, version } = split(asked.replace(/^([^/@]+)\/[\w-]+(?=@|$)/, "$1"));
  const offered = offers.find((offer) => offer.name === name);
  if (!offered) {
    const names = offers.map((offer) => offer.name);
    const wordOf = (id: string) => id.slice(id.indexOf(":") + 1);
    // Namespaces have little to tell: wasi:nope is not like wasi:io.
    const near = nearest(wordOf(name), names.map(wordOf));
    const hint = names.filter((other) => near.includes(wordOf(other)));
    throw new HotcellError("unknown-import", `The host offers no package ${name}.`, {
      subject: name,
      expected: names.join(", "),
      remedy:
        didYouMean(hint) ?? `It offers ${names.join(", ")}. The WIT of others comes from who publishes them.`,
    });
  }
  if (version !== undefined) {
    if (offered.supports(version)) return [`${name}@${version}`];
    throw new HotcellError("unknown-import", `The host does not offer ${name} in version ${version}.`, {
      subject: name,
      actual: version,
      expected: offered.versions,
      remedy: `It offers ${offered.versions}: hotcell wit add ${name}@${offered.newest}`,
    });
  }
  const mentioned = folder.mentioned.filter((id) => split(id).name === name);
  const lacking = missing(folder).filter((id) => mentioned.includes(id));
  const usable = (lacking.length > 0 ? lacking : mentioned).filter((id) =>
    offered.supports(split(id).version ?? ""),
  );
  if (usable.length > 0) return usable;
  const declared = folder.files.flatMap(({ declares }) => declares);
  const others = [...all, ...folder.mentioned, ...declared].map(split);
  const fellow = others.find(
    (other) => /^wasi:/.test(other.name) && isPlain(other.version) && offered.supports(other.version),
  );
  return [`${name}@${(isPlain(offered.newest) && fellow?.version) || offered.newest}`];
}

/** Versions that all packages of WASI proper are published in, as against drafts of one. */
function isPlain(version: string | undefined): version is string {
  return version !== undefined && /^[\d.]+$/.test(version);
}

function split(id: string): { readonly name: string; readonly version: string | undefined } {
  const at = id.indexOf("@");
  return at < 0 ? { name: id, version: undefined } : { name: id.slice(0, at), version: id.slice(at + 1) };
}

/**
 * Plans before anything is written. Throws `other-wit` where the folder has a package in another text that lacks what
 * the host's has, unless it is to be replaced.
 */
export function planSteps(
  wanted: readonly WantedPackage[],
  folder: WitFolder,
  replace: boolean,
): AdditionStep[] {
  return wanted.map((each): AdditionStep => {
    const { offered, version, asked } = each;
    const id = `${offered.name}@${version}`;
    const path = join(folder.path, witFile(each).path);
    const holding = folder.files.filter(({ declares }) => declares.includes(id));
    if (holding.length === 0) return { ...each, kind: "write", path, gone: [] };
    const home = dirname(holding[0]!.path).endsWith("deps") ? holding[0]!.path : dirname(holding[0]!.path);
    if (sameText(holding, offered.wit(version))) return { ...each, kind: "there", path: home, gone: [] };
    const has = new Set(holding.flatMap(({ text }) => interfacesOf(text)));
    const lacking = offered.interfaces.map(({ name }) => name).filter((name) => !has.has(name));
    if (!(replace && asked)) {
      if (lacking.length === 0 || (!asked && !replace && !isLacking(offered, wanted, lacking)))
        return { ...each, kind: "there", path: home, gone: [] };
      throw otherWit(id, home, lacking);
    }
    const shared = holding.find(({ declares }) => declares.length > 1);
    if (shared) throw otherWit(id, shared.path, lacking, shared.declares);
    const files = folder.files.filter((file) => holding.includes(file) || isBeside(file, holding));
    return { ...each, kind: "replace", path, gone: files.map((file) => file.path) };
  });
}

/** True where the packages that bring this one along refer to an interface that is not there. */
function isLacking(
  offered: OfferedPackage,
  wanted: readonly WantedPackage[],
  lacking: readonly string[],
): boolean {
  return wanted.some((other) =>
    lacking.some((name) => other.offered.wit(other.version).includes(`use ${offered.name}/${name}@`)),
  );
}

/** A file without a package line belongs to the package of the folder it lies in. */
function isBeside(file: WitText, holding: readonly WitText[]): boolean {
  return file.declares.length === 0 && holding.some((other) => dirname(other.path) === dirname(file.path));
}

function sameText(files: readonly WitText[], wit: string): boolean {
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");
  const [only, ...more] = files;
  return more.length === 0 && words(only!.text).join(" ") === words(withoutComments(wit)).join(" ");
}

function otherWit(
  id: string,
  path: string,
  lacking: readonly string[],
  together: readonly string[] = [],
): HotcellError {
  const lacks = lacking.length > 0 ? `, without ${lacking.join(", ")}` : "";
  return new HotcellError("other-wit", `${shownPath(path)} has ${id} already${lacks}.`, {
    subject: shownPath(path),
    remedy:
      together.length > 1
        ? `It holds ${together.join(" and ")} in one file: take ${id} out of it, then add it again.`
        : `To put the host's in its place: hotcell wit add ${id} --replace`,
  });
}

export async function carryOut(steps: readonly AdditionStep[]): Promise<void> {
  for (const step of steps) {
    if (step.kind === "there") continue;
    for (const file of step.gone) await rm(file);
    await mkdir(dirname(step.path), { recursive: true });
    await writeFile(step.path, witFile(step).text);
  }
}

/** The file that a package is written to, by its path in `wit/`. */
export function witFile({ offered, version }: Pick<WantedPackage, "offered" | "version">) {
  const id = `${offered.name}@${version}`;
  return {
    path: `deps/${id.replace(/[:@]/g, "-")}/package.wit`,
    text: `// Written by: hotcell wit add ${id}\n${offered.wit(version)}`,
  };
}
