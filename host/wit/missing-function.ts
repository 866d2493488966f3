/** Explanation for whoever asked for a function that is not there, or not by that name alone. */
import { beginning } from "../text/cut.ts";
import { didYouMean, nearest } from "../text/nearest.ts";
import { type ExportedFunction, functionsNamed, splitPath } from "./exports.ts";
import { parseFunctionName, parseInterfaceId } from "./wit-names.ts";

/** Joint of names at the door where the question was asked: `iface#name`, or `iface/name`. */
export type Joint = "#" | "/";

export interface MissingFunction {
  /** A sentence, after whose it is: `exports no function "f".` */
  readonly detail: string;
  readonly remedy: string;
  /** Names to ask for instead. */
  readonly near: readonly string[];
  /** Full names of what there is, of a plugin with very many the first. */
  readonly functions: readonly string[];
}

/** Functions that an error lists. */
const maxListed = 100;
/** And that its sentences do. */
const maxNamed = 20;

/** The error for a name that `findByPath` does not know. */
export function missingFunction(
  all: readonly ExportedFunction[],
  asked: string,
  joint: Joint,
): MissingFunction {
  const shown = JSON.stringify(beginning(asked, 200));
  const functions = all.slice(0, maxListed).map((each) => fullName(each, joint));
  const { name, owner } = splitPath(asked);
  const meant = functionsNamed(all, name, owner);
  if (meant.length > 1) {
    const near = shortestNames(meant, all, joint);
    const detail = `exports ${meant.length} functions ${shown}: ${some(near)}.`;
    return { detail, remedy: `Say which: ${some(near)}.`, near, functions };
  }
  const [inside, what] = partsOf(all, asked, name);
  if (inside.length > 0) {
    const near = shortestNames(inside, all, joint);
    const detail = `exports ${shown} as ${what}, not as a function.`;
    return { detail, remedy: `Ask for one of its functions: ${some(near)}.`, near, functions };
  }
  const near = nearest(asked, candidates(all, owner, joint));
  const remedy =
    didYouMean(near) ??
    (functions.length > 0
      ? `Ask for one of: ${some(shortestNames(all.slice(0, maxNamed + 1), all, joint))}.`
      : "Deploy a version that exports it.");
  return { detail: `exports no function ${shown}.`, remedy, near, functions };
}

/** The functions of what was asked for, if that is an interface or a resource. */
function partsOf(
  all: readonly ExportedFunction[],
  asked: string,
  name: string,
): readonly [readonly ExportedFunction[], string] {
  const inside = all.filter((each) => each.interface !== undefined && isCalled(each.interface, asked));
  if (inside.length > 0) return [inside, "an interface"];
  return [all.filter((each) => parseFunctionName(each.name).resource === name), "a resource"];
}

/** Name by which it is called wherever it is, whatever else there is. */
function fullName({ interface: owner, name }: ExportedFunction, joint: Joint): string {
  return owner === undefined ? name : `${owner}${joint}${name}`;
}

/** `name` or `iface/name` where that is enough, else with the interface's whole id. */
function shortestNames(
  some: readonly ExportedFunction[],
  all: readonly ExportedFunction[],
  joint: Joint,
): string[] {
  const shorter = shorterNames(all, joint);
  return some.map(shorter);
}

function shorterNames(all: readonly ExportedFunction[], joint: Joint): (each: ExportedFunction) => string {
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const each of all) {
    count(each.name);
    count(`${shortOwner(each)}#${each.name}`);
  }
  return (each) => {
    const short = shortOwner(each);
    if (short === undefined || counts.get(each.name) === 1) return each.name;
    return counts.get(`${short}#${each.name}`) === 1 ? `${short}${joint}${each.name}` : fullName(each, joint);
  };
}

function shortOwner({ interface: owner }: ExportedFunction): string | undefined {
  return owner === undefined ? undefined : (parseInterfaceId(owner)?.name ?? owner);
}

/** A name for each function, as whoever asked has named one; made one by one, as there may be very many. */
function* candidates(
  all: readonly ExportedFunction[],
  owner: string | undefined,
  joint: Joint,
): Generator<string> {
  const shorter = shorterNames(all, joint);
  for (const each of all) {
    if (owner === undefined || each.interface === undefined) yield shorter(each);
    else if (owner.includes(":")) yield fullName(each, joint);
    else yield `${shortOwner(each)}${joint}${each.name}`;
  }
}

function isCalled(id: string, asked: string): boolean {
  const parsed = parseInterfaceId(id);
  return asked === id || asked === parsed?.name || asked === (parsed && `${parsed.package}/${parsed.name}`);
}

/** Names in a sentence. */
export function some(names: readonly string[]): string {
  const more = names.length > maxNamed ? `, … (${names.length} in all)` : "";
  return `${names.slice(0, maxNamed).join(", ")}${more}`;
}
