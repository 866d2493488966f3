/** Explanation for whoever asked for a function that is not there, or not by that name alone. */
import { didYouMean, nearest } from "../errors.ts";
import { type ExportedFunction, functionsNamed, splitPath } from "./exports.ts";
import { parseFunctionName, parseInterfaceId } from "./names.ts";

/** How names are put together at the door where the question was asked: `iface#name`, or `iface/name`. */
export type Joint = "#" | "/";

export interface MissingFunction {
  /** A sentence, after whose it is: `exports no function "f".` */
  readonly detail: string;
  readonly remedy: string;
  /** Names to ask for instead. */
  readonly near: readonly string[];
  /** What there is: full names, of a plugin with very many the first. */
  readonly functions: readonly string[];
}

/** Functions that an error lists. */
const mostListed = 100;
/** And that its sentences do. */
const mostNamed = 20;

/** For a name that `findByPath` does not know. */
export function missingFunction(
  all: readonly ExportedFunction[],
  asked: string,
  joint: Joint,
): MissingFunction {
  const shown = JSON.stringify(asked.slice(0, 200));
  const functions = all.slice(0, mostListed).map((each) => fullName(each, joint));
  const told = (detail: string, remedy: string, near: readonly string[]): MissingFunction => ({
    detail,
    remedy,
    near,
    functions,
  });
  const { name, owner } = splitPath(asked);
  const meant = functionsNamed(all, name, owner);
  if (meant.length > 1) {
    const names = shortestNames(meant, all, joint);
    return told(
      `exports ${meant.length} functions ${shown}: ${some(names)}.`,
      `Say which: ${some(names)}.`,
      names,
    );
  }
  const inside = all.filter((each) => each.interface !== undefined && isCalled(each.interface, asked));
  if (inside.length > 0) {
    const names = shortestNames(inside, all, joint);
    return told(
      `exports ${shown} as an interface, not as a function.`,
      `Ask for one of its functions: ${some(names)}.`,
      names,
    );
  }
  const near = nearest(asked, candidates(all, joint));
  const remedy =
    didYouMean(near) ??
    (functions.length > 0 ? `Ask for one of: ${some(functions)}.` : "Deploy a version that exports it.");
  return told(`exports no function ${shown}.`, remedy, near);
}

/** As it is called wherever it is, whatever else there is. */
function fullName({ interface: owner, name }: ExportedFunction, joint: Joint): string {
  return owner === undefined ? name : `${owner}${joint}${name}`;
}

/** `iface/name` where that is enough, else with the interface's whole id. */
function shortestNames(
  some: readonly ExportedFunction[],
  all: readonly ExportedFunction[],
  joint: Joint,
): string[] {
  return some.map((each) => {
    const short = shortOwner(each);
    if (short === undefined) return each.name;
    const alone = functionsNamed(all, each.name, short).length === 1;
    return alone ? `${short}${joint}${each.name}` : fullName(each, joint);
  });
}

function shortOwner({ interface: owner }: ExportedFunction): string | undefined {
  return owner === undefined ? undefined : (parseInterfaceId(owner)?.name ?? owner);
}

/** The ways a function may be called, the shortest first; made one by one, as there may be very many. */
function* candidates(all: readonly ExportedFunction[], joint: Joint): Generator<string> {
  for (const each of all) {
    if (each.interface === undefined || parseFunctionName(each.name).kind === "free") yield each.name;
    if (each.interface === undefined) continue;
    yield `${shortOwner(each)}${joint}${each.name}`;
    yield fullName(each, joint);
  }
}

function isCalled(id: string, asked: string): boolean {
  const parsed = parseInterfaceId(id);
  return asked === id || asked === parsed?.name || asked === (parsed && `${parsed.package}/${parsed.name}`);
}

function some(names: readonly string[]): string {
  const more = names.length > mostNamed ? `, … (${names.length} in all)` : "";
  return `${names.slice(0, mostNamed).join(", ")}${more}`;
}
