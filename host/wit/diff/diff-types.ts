/** Comparing two value types for those who send or receive their JSON. */

import { cutText } from "../../text/cut.ts";
import { sameType } from "../equal.ts";
import { primitiveKinds, resolve, resourceOf, type Structure, type ValueType } from "../model.ts";
import { briefType, writtenOut } from "../text/brief.ts";
import { printName } from "../text/print-types.ts";
import { isNullable, resultCases } from "../values/mapping.ts";
import { all, at, type Findings, isEmpty, noFindings, one, type Way } from "./diff-findings.ts";
import {
  judgeGonePart,
  judgeGonePayload,
  judgeNewPart,
  judgeNewPayload,
  judgeRenamedPart,
  type NamedKind,
  type Part,
  partNouns,
} from "./diff-parts.ts";
import { fits, refusedArguments, surprisingResults } from "./diff-scalars.ts";

const primitives: ReadonlySet<Structure["kind"]> = new Set(primitiveKinds);

/** Parts that one comparison of worlds looks at; real worlds have thousands. */
const maxWork = 2_000_000;

/**
 * Compares types of two worlds. Compatible in a parameter: every JSON that was accepted still is, and means the same.
 * Compatible in a result: a caller who reads only the members he knows understands every JSON he may get.
 * Everything else that differs is breaking; no findings means `sameType`. Each pair of types is compared once, and
 * beyond a bound on the work whatever is left counts as changed.
 */
export class TypeComparison {
  readonly #known = { parameter: new PairMap(), result: new PairMap() };
  #work = 0;

  compare(was: ValueType, is: ValueType, way: Way): Findings {
    const [before, after] = [resolve(was), resolve(is)];
    if (before.kind === after.kind && primitives.has(before.kind)) return noFindings;
    const known = this.#known[way].get(before, after);
    if (known) return known;
    const findings =
      this.#work > maxWork
        ? changed(before, after, true, "The types are too large to be compared part by part.")
        : this.#compare(before, after, way);
    this.#known[way].set(before, after, findings);
    return findings;
  }

  #compare(was: Structure, is: Structure, way: Way): Findings {
    this.#work++;
    if (was.kind === "option" || is.kind === "option") return this.#compareOptions(was, is, way);
    if (was.kind !== is.kind) return compareKinds(was, is, way);
    switch (was.kind) {
      case "list":
        return this.#compareLists(was, is as typeof was, way);
      case "tuple":
        return this.#compareTuples(was, is as typeof was, way);
      case "record":
        return this.#compareParts("record", was.fields, (is as typeof was).fields, [was, is], way);
      case "variant":
        return this.#compareParts("variant", was.cases, (is as typeof was).cases, [was, is], way);
      case "result":
        return this.#compareParts("variant", resultCases(was), resultCases(is as typeof was), [was, is], way);
      case "enum":
      case "flags":
        return this.#compareParts(
          was.kind,
          was.names.map((name) => ({ name })),
          (is as typeof was).names.map((name) => ({ name })),
          [was, is],
          way,
        );
      case "own":
      case "borrow":
        return sameType(was, is)
          ? noFindings
          : changed(was, is, true, "It is another resource: the handles that callers hold don't fit.");
      default:
        return noFindings;
    }
  }

  #compareOptions(was: Structure, is: Structure, way: Way): Findings {
    const [hadNull, hasNull] = [was, is].map((type) => type.kind === "option" && isNullable(type));
    if (was.kind === "option" && is.kind === "option" && hadNull === hasNull) {
      return this.compare(was.some, is.some, way);
    }
    const option = was.kind === "option" ? was : (is as Structure & { kind: "option" });
    // One directly in another is `{ tag, val }` (mapping.ts): neither a plain option nor its payload has that form.
    if (was.kind === is.kind || !(hadNull || hasNull)) return changed(was, is, true, otherForm[way]);
    const inner = option === was ? this.compare(option.some, is, way) : this.compare(was, option.some, way);
    const hopeless = inner.kept.find((finding) => finding.path === "" && finding.breaking);
    if (hopeless) return changed(was, is, true, hopeless.reason);
    const reasons = {
      parameter: ["Calls that leave it out are refused.", "It may be left out now."],
      result: [
        "Callers that expect none never meet it.",
        "Callers meet null where there always was a value.",
      ],
    } as const;
    const reason = reasons[way][option === was ? 0 : 1];
    // The change of the whole says it already.
    const parts = { ...inner, kept: inner.kept.filter((finding) => finding.path !== "") };
    return all([changed(was, is, (option === was) === (way === "parameter"), reason), parts]);
  }

  #compareLists(was: Structure & { kind: "list" }, is: Structure & { kind: "list" }, way: Way): Findings {
    const [wereBytes, areBytes] = [was, is].map((list) => resolve(list.element).kind === "u8");
    if (wereBytes !== areBytes) {
      const reason = {
        parameter: areBytes
          ? "Calls that send anything but bytes are refused."
          : "Calls that send base64, which only list<u8> takes, are refused.",
        result: areBytes
          ? "Callers get base64 where there was an array."
          : "Callers get an array where there was base64.",
      };
      return changed(was, is, true, reason[way]);
    }
    const element = at("[]", "element", this.compare(was.element, is.element, way));
    if (was.length === is.length) return element;
    const [sent, received] = way === "parameter" ? [was, is] : [is, was];
    const reasons =
      way === "parameter"
        ? ["It takes lists of every length now.", "Calls that send lists of other lengths are refused."]
        : ["It gives lists of one length now.", "Callers that count on the length meet others."];
    const breaking = received.length !== undefined && sent.length !== received.length;
    return all([changed(was, is, breaking, reasons[breaking ? 1 : 0]!), element]);
  }

  #compareTuples(was: Structure & { kind: "tuple" }, is: Structure & { kind: "tuple" }, way: Way): Findings {
    const count = was.elements.length;
    if (count !== is.elements.length) {
      const reason = {
        parameter: `Calls that send ${count} element${count === 1 ? "" : "s"} are refused.`,
        result: `Callers that expect ${count} element${count === 1 ? "" : "s"} meet ${is.elements.length}.`,
      };
      return changed(was, is, true, reason[way]);
    }
    this.#work += count;
    return all(
      was.elements.map((element, i) => at(`[${i}]`, "element", this.compare(element, is.elements[i]!, way))),
    );
  }

  #compareParts(
    kind: NamedKind,
    was: readonly Part[],
    is: readonly Part[],
    types: readonly [Structure, Structure],
    way: Way,
  ): Findings {
    this.#work += was.length + is.length;
    const noun = partNouns[kind];
    const before = new Map(was.map((part) => [part.name, part]));
    const after = new Map(is.map((part) => [part.name, part]));
    const renamed = new Set<string>();
    const found = was.map((part, i): Findings => {
      const namesake = after.get(part.name);
      if (namesake) return at(`.${part.name}`, noun, this.#comparePayloads(part.type, namesake.type, way));
      const successor = is[i];
      const isSuccessor =
        successor &&
        !before.has(successor.name) &&
        isEmpty(this.#comparePayloads(part.type, successor.type, way));
      if (isSuccessor) {
        renamed.add(successor.name);
        return at(`.${successor.name}`, noun, renamedPart(kind, part, successor, way));
      }
      return at(`.${part.name}`, noun, gonePart(kind, part, way));
    });
    for (const part of is) {
      if (before.has(part.name) || renamed.has(part.name)) continue;
      found.push(at(`.${part.name}`, noun, newPart(kind, part, way)));
    }
    const kept = was.filter((part) => after.has(part.name));
    const isReordered = is
      .filter((part) => before.has(part.name))
      .some((part, i) => part.name !== kept[i]!.name);
    if (isReordered) found.push(reordered(noun, types));
    return all(found);
  }

  #comparePayloads(was: ValueType | undefined, is: ValueType | undefined, way: Way): Findings {
    if (was && is) return this.compare(was, is, way);
    if (is) {
      const after = shown(is);
      return one({ ...judgeNewPayload(way, is), what: `has a payload now, ${after}`, after });
    }
    if (was) {
      const before = shown(was);
      return one({ ...judgeGonePayload(way), what: `has no payload any more; it was ${before}`, before });
    }
    return noFindings;
  }
}

const otherForm = {
  parameter: "Calls that send what it was are refused.",
  result: "Callers that decode what it was can't read it.",
};

class PairMap {
  readonly #findings = new Map<Structure, Map<Structure, Findings>>();

  get(a: Structure, b: Structure): Findings | undefined {
    return this.#findings.get(a)?.get(b);
  }

  set(a: Structure, b: Structure, findings: Findings): void {
    const row = this.#findings.get(a) ?? new Map<Structure, Findings>();
    this.#findings.set(a, row.set(b, findings));
  }
}

function compareKinds(was: Structure, is: Structure, way: Way): Findings {
  const handles = ["own", "borrow"];
  if (handles.includes(was.kind) && handles.includes(is.kind)) {
    return changed(was, is, true, "Who owns the handle after the call is another.");
  }
  if (way === "parameter") {
    return fits(was, is)
      ? changed(was, is, false, "It takes every value that it took.")
      : changed(was, is, true, refusedArguments(was, is));
  }
  return fits(is, was)
    ? changed(was, is, false, "It gives only values that it could give before.")
    : changed(was, is, true, surprisingResults(is, was));
}

// ---- Findings

function gonePart(kind: NamedKind, part: Part, way: Way): Findings {
  const type = part.type ? `; it was ${shown(part.type)}` : "";
  return one({ ...judgeGonePart(kind, way), what: `is gone${type}`, before: partText(kind, part) });
}

function newPart(kind: NamedKind, part: Part, way: Way): Findings {
  const type = part.type ? `: ${shown(part.type)}` : "";
  return one({ ...judgeNewPart(kind, way, part), what: `is new${type}`, after: partText(kind, part) });
}

function renamedPart(kind: NamedKind, was: Part, is: Part, way: Way): Findings {
  return one({
    ...judgeRenamedPart(kind, way),
    what: `was called ${cutNames(printName(was.name))}`,
    before: partText(kind, was),
    after: partText(kind, is),
  });
}

function reordered(noun: string, [was, is]: readonly [Structure, Structure]): Findings {
  const [before, after] = differently(was, is);
  const forAuthors =
    was.kind === "record" ? " A plugin's author does, whose constructors take the fields in order." : "";
  const reason = `JSON goes by names: no call notices.${forAuthors}`;
  return one({ breaking: false, what: `has its ${noun}s in another order`, before, after, reason });
}

export function changed(was: ValueType, is: ValueType, breaking: boolean, reason: string): Findings {
  const [before, after] = differently(was, is);
  return one({ breaking, what: `was ${before} and is now ${after}`, before, after, reason });
}

// ---- Text

/** A text with names in it, which may be long and many. */
export function cutNames(text: string, length = 400): string {
  return cutText(text, length);
}

export function shown(type: ValueType): string {
  return cutNames(briefType(type));
}

function partText(kind: NamedKind, { name, type }: Part): string {
  const label = cutNames(printName(name));
  if (!type) return label;
  return kind === "record" ? `${label}: ${shown(type)}` : `${label}(${shown(type)})`;
}

/** Both types, in as much detail as it takes to tell them apart. */
function differently(was: ValueType, is: ValueType): readonly [string, string] {
  const [a, b] = [resolve(was), resolve(is)];
  const texts = [
    (type: Structure) => shown(type),
    (type: Structure) => cutNames(writtenOut({ parameters: [], result: type }).slice("func() -> ".length)),
    (type: Structure) => `${shown(type)}${home(type)}`,
  ];
  for (const text of texts) {
    const [before, after] = [text(a), text(b)];
    if (before !== after) return [before, after];
  }
  return [shown(a), shown(b)];
}

/** Interface that a handle's resource comes from. */
function home(type: Structure): string {
  if (type.kind !== "own" && type.kind !== "borrow") return "";
  const { owner } = resourceOf(type);
  return ` (${owner.direction}ed${owner.interface === undefined ? "" : ` ${owner.interface}`})`;
}
