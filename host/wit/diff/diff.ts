/** Changes of a new version of a world, for those who call it and for its host. */

import type { FunctionType, World, WorldItem } from "../model.ts";
import { writtenOut } from "../text/brief.ts";
import { parseFunctionName } from "../wit-names.ts";
import { type Finding, maxCounted } from "./diff-findings.ts";
import { compareFunctions } from "./diff-functions.ts";
import { type LostNames, lostShortNames } from "./diff-names.ts";
import {
  type DiffScope,
  functionsOf,
  hasBehaviour,
  listed,
  matchInterfaces,
  pathOf,
  resourcesOf,
  resourceText,
  scopesOf,
  scopeText,
  unversioned,
} from "./diff-scopes.ts";
import { cutNames, TypeComparison } from "./diff-types.ts";

/** Change of a world that somebody may notice. */
export interface Change {
  /**
   * The interface, function or part of its type concerned: `shop:rules/pricing@1.0.0`, `pricing#quote`,
   * `quote: parameter cart.lines[].quantity`, `quote: result ok.total`.
   */
  readonly path: string;
  readonly verdict: "compatible" | "breaking" | "capability";
  /** WIT before and after; absent where it did not exist. */
  readonly before?: string;
  readonly after?: string;
  /** Sentence on what changed and a second one on who notices; for people. */
  readonly message: string;
  /** The second sentence alone. */
  readonly reason?: string;
  /** It is about something the host supplies; absent for what callers use. */
  readonly imported?: true;
  /** Calls go on working, but the function has another type: an embedder's `as` must assert the new one. */
  readonly reassert?: true;
}

type Verdict = Change["verdict"];

/** More changes of one verdict are counted only. */
const maxChanges = 100;

/**
 * The changes from one world to another, exports first, then imports. A change of an export is compatible when every
 * call that worked goes on working for callers that use JSON by names: what they send is accepted and what they read
 * is there. Otherwise it is breaking. Imports are the host's to supply: a new or changed one is a capability, one
 * less is compatible. Interfaces match across versions that semver calls compatible; names of types are nothing.
 */
export function diffWorlds(before: World, after: World): Change[] {
  const { changes, left } = compareWorlds(before, after);
  const verdicts: readonly Verdict[] = ["breaking", "capability", "compatible"];
  const rest = verdicts.flatMap((verdict) => {
    const message = `${left[verdict]} more changes are not shown (${verdict}).`;
    return left[verdict] > 0 ? [{ path: "…", verdict, message }] : [];
  });
  return [...changes, ...rest];
}

/** Changes as `diffWorlds` gives them, and how many of each verdict there are besides. */
export function compareWorlds(
  before: World,
  after: World,
): { readonly changes: readonly Change[]; readonly left: Readonly<Record<Verdict, number>> } {
  const types = new TypeComparison();
  const changes = new ChangeList();
  new SideComparison("export", types, changes).compare(before.exports, after.exports);
  for (const lost of lostShortNames(before, after, matchInterfaces(before.exports, after.exports))) {
    changes.add("breaking", () => describeLostNames(lost));
  }
  new SideComparison("import", types, changes).compare(before.imports, after.imports);
  return changes;
}

type Facts = Omit<Change, "verdict">;

/** Holds so many changes of each verdict, and counts the others: worlds may have a hundred thousand functions. */
class ChangeList {
  readonly changes: Change[] = [];
  readonly left = { breaking: 0, capability: 0, compatible: 0 };
  readonly #counts = { breaking: 0, capability: 0, compatible: 0 };

  add(verdict: Verdict, describe: () => Facts): void {
    if (++this.#counts[verdict] > maxChanges) {
      this.left[verdict]++;
      return;
    }
    const facts = describe();
    // One nested a hundred long names deep is for nobody to read.
    this.changes.push({ ...facts, verdict, path: cutNames(facts.path, 1000) });
  }
}

/** The exports, or the imports, of two worlds. */
class SideComparison {
  readonly #side: "export" | "import";
  readonly #types: TypeComparison;
  readonly #changes: ChangeList;

  constructor(side: "export" | "import", types: TypeComparison, changes: ChangeList) {
    this.#side = side;
    this.#types = types;
    this.#changes = changes;
  }

  compare(before: readonly WorldItem[], after: readonly WorldItem[]): void {
    const [was, is] = [scopesOf(before), scopesOf(after)];
    const matches = matchInterfaces(before, after);
    const matched = new Set(matches.values());
    const added = [...is.interfaces.values()].filter(({ name }) => !matched.has(name!));
    const successors = new Map(added.map(({ name }) => [unversioned(name!), name!]));
    this.#compareScopes(was.root, is.root);
    for (const scope of was.interfaces.values()) {
      const match = is.interfaces.get(matches.get(scope.name!) ?? "");
      if (match) {
        this.#compareVersions(scope.name!, match.name!);
        this.#compareScopes(scope, match);
      } else {
        this.#goneInterface(scope, successors.get(unversioned(scope.name!)));
      }
    }
    for (const scope of added) this.#newInterface(scope);
  }

  #add(verdict: Verdict, describe: () => Facts): void {
    this.#changes.add(verdict, () => ({
      ...describe(),
      ...(this.#side === "import" && { imported: true }),
    }));
  }

  #compareVersions(before: string, after: string): void {
    // Any compatible version of an import is supplied alike.
    if (before === after || this.#side === "import") return;
    const reason = "Semver calls the versions compatible: callers of either mean this one.";
    this.#add("compatible", () => ({
      path: after,
      before: cutNames(before),
      after: cutNames(after),
      message: `The exported interface ${cutNames(after)} was ${cutNames(before)}. ${reason}`,
      reason,
    }));
  }

  #goneInterface(scope: DiffScope, successor: string | undefined): void {
    if (!hasBehaviour(scope)) return;
    const path = scope.name!;
    if (this.#side === "import") {
      const message = `The imported interface ${cutNames(path)} is no longer needed.`;
      this.#add("compatible", () => ({ path, before: scopeText(scope), message }));
      return;
    }
    const reason = successor
      ? `Its callers are not served by ${cutNames(successor)}, which semver calls incompatible.`
      : "Calls of its functions fail.";
    this.#add("breaking", () => ({
      path,
      before: scopeText(scope),
      message: `The exported interface ${cutNames(path)} is gone${listed(scope)}. ${reason}`,
      reason,
    }));
  }

  #newInterface(scope: DiffScope): void {
    if (!hasBehaviour(scope)) return;
    const path = scope.name!;
    const subject = `The ${this.#side}ed interface ${cutNames(path)}`;
    this.#new(path, () => ({ after: scopeText(scope), message: `${subject} is new${listed(scope)}.` }));
  }

  /** Notes what is new: it costs callers nothing, but the host something. */
  #new(path: string, describe: () => Omit<Facts, "path" | "reason">): void {
    if (this.#side === "export") {
      this.#add("compatible", () => ({ path, ...describe() }));
      return;
    }
    const reason = "The host has to grant or supply it.";
    this.#add("capability", () => {
      const facts = describe();
      return { path, ...facts, message: `${facts.message} ${reason}`, reason };
    });
  }

  // ---- Inside an interface, or the world itself

  #compareScopes(was: DiffScope, is: DiffScope): void {
    const [resourcesBefore, resourcesAfter] = [resourcesOf(was), resourcesOf(is)];
    for (const name of resourcesBefore) if (!resourcesAfter.has(name)) this.#goneResource(was, name);
    for (const name of resourcesAfter) if (!resourcesBefore.has(name)) this.#newResource(is, name);
    // Functions of resources that come or go are told with these.
    const stays = (name: string): boolean => {
      const { resource } = parseFunctionName(name);
      return resource === undefined || resourcesBefore.has(resource) === resourcesAfter.has(resource);
    };
    const [before, after] = [functionsOf(was), functionsOf(is)];
    for (const [name, type] of before) {
      const now = after.get(name);
      if (!stays(name)) continue;
      if (now) this.#changedFunction(pathOf(is, name), type, now);
      else this.#goneFunction(pathOf(was, name), type);
    }
    for (const [name, type] of after) {
      if (!before.has(name) && stays(name)) this.#newFunction(pathOf(is, name), type);
    }
  }

  #goneResource(scope: DiffScope, name: string): void {
    const path = pathOf(scope, name);
    const subject = `The ${this.#side}ed resource ${cutNames(path)}`;
    if (this.#side === "import") {
      const message = `${subject} is no longer needed.`;
      this.#add("compatible", () => ({ path, before: resourceText(scope, name), message }));
      return;
    }
    const reason = "Callers can neither make nor use one.";
    const message = `${subject} is gone. ${reason}`;
    this.#add("breaking", () => ({ path, before: resourceText(scope, name), message, reason }));
  }

  #newResource(scope: DiffScope, name: string): void {
    const path = pathOf(scope, name);
    const message = `The ${this.#side}ed resource ${cutNames(path)} is new.`;
    this.#new(path, () => ({ after: resourceText(scope, name), message }));
  }

  #goneFunction(path: string, type: FunctionType): void {
    if (this.#side === "import") {
      const message = `The import ${cutNames(path)} is no longer needed.`;
      this.#add("compatible", () => ({ path, before: functionText(type), message }));
      return;
    }
    const reason = "Calls of it fail.";
    this.#add("breaking", () => {
      const before = functionText(type);
      const message = `The exported function ${cutNames(path)} is gone; it was ${before}. ${reason}`;
      return { path, before, message, reason };
    });
  }

  #newFunction(path: string, type: FunctionType): void {
    const subject = this.#side === "export" ? "The exported function" : "The import";
    this.#new(path, () => {
      const after = functionText(type);
      return { after, message: `${subject} ${cutNames(path)} is new: ${after}.` };
    });
  }

  #changedFunction(path: string, was: FunctionType, is: FunctionType): void {
    const isExport = this.#side === "export";
    const findings = compareFunctions(this.#types, was, is, { parameterNames: isExport });
    const verdictOf = (breaking: boolean): Verdict =>
      isExport ? (breaking ? "breaking" : "compatible") : "capability";
    for (const finding of findings.kept) {
      const reason = isExport ? finding.reason : "The host has to supply exactly that type.";
      this.#add(verdictOf(finding.breaking), () => ({
        path: finding.path === "" ? path : `${path}: ${finding.path}`,
        ...(finding.before !== undefined && { before: finding.before }),
        ...(finding.after !== undefined && { after: finding.after }),
        message: `${subjectOf(finding, path, this.#side)} ${finding.what}. ${reason}`,
        reason,
        ...(isExport && !finding.breaking && { reassert: true }),
      }));
    }
    this.#leftOut(verdictOf(true), path, findings.breakingLeft);
    this.#leftOut(verdictOf(false), path, findings.compatibleLeft);
  }

  #leftOut(verdict: Verdict, path: string, count: number): void {
    if (count === 0) return;
    const many = count >= maxCounted ? `At least ${count}` : `${count}`;
    const message = `${many} more changes in the types of ${cutNames(path)} are not shown (${verdict}).`;
    this.#add(verdict, () => ({ path, message }));
  }
}

function describeLostNames({ is, rival, names }: LostNames): Facts {
  const shown = names.slice(0, 4).map((name) => cutNames(name, 100));
  const list = shown.join(", ") + (names.length > 4 ? ` and ${names.length - 4} more` : "");
  const [other, reason] =
    rival.interface === undefined
      ? ["the world itself", "Calls that don't name the interface reach another function."]
      : [cutNames(rival.interface), "Calls that don't name the interface in full are refused."];
  const subject = `The exported interface ${cutNames(is)} shares the name${names.length > 1 ? "s" : ""} ${list}`;
  const message = `${subject} with ${other} now. ${reason}`;
  return { path: is, message, reason };
}

function subjectOf({ path, noun }: Finding, func: string, side: "export" | "import"): string {
  const where = cutNames(func);
  if (path === "") return `The ${side}ed function ${where}`;
  if (noun === "result") return `The result of ${where}`;
  if (noun === "parameter") return `The ${cutNames(path)} of ${where}`;
  const [kind = "", ...place] = path.split(" ");
  return `The ${noun} ${cutNames(place.join(" "))} in the ${kind}${kind === "parameter" ? "s" : ""} of ${where}`;
}

function functionText(type: FunctionType): string {
  return cutNames(writtenOut(type), 2000);
}
