/** Comparing two function types for those who call them. */

import {
  type FunctionType,
  type NamedValue,
  onceByStructure,
  resolve,
  type Structure,
  type ValueType,
} from "../model.ts";
import { writtenOut } from "../text/brief.ts";
import { printName } from "../text/print-types.ts";
import { all, at, type Finding, type Findings, isEmpty, noFindings, one } from "./diff-findings.ts";
import { changed, cutNames, shown, type TypeComparison } from "./diff-types.ts";

/**
 * Findings with paths `parameter cart.lines[]`, `result ok.total`, or none for the function as a whole. Where
 * parameter names count, calls may give arguments by name and by position; both must go on working.
 */
export function compareFunctions(
  types: TypeComparison,
  was: FunctionType,
  is: FunctionType,
  { parameterNames }: { readonly parameterNames: boolean },
): Findings {
  const parameters = parameterNames
    ? compareNamed(types, was.parameters, is.parameters)
    : comparePositions(types, was.parameters, is.parameters);
  const findings = all([parameters, compareOutcomes(types, was.result, is.result)]);
  return isEmpty(findings) ? findings : all([compareHandles(was, is), findings]);
}

// ---- Parameters

function compareNamed(
  types: TypeComparison,
  was: readonly NamedValue[],
  is: readonly NamedValue[],
): Findings {
  const before = new Map(was.map((parameter) => [parameter.name, parameter]));
  const after = new Map(is.map((parameter) => [parameter.name, parameter]));
  const renamed = new Set<string>();
  const found = was.map((parameter, i): Findings => {
    const namesake = after.get(parameter.name);
    if (namesake) return inParameter(namesake, types.compare(parameter.type, namesake.type, "parameter"));
    const successor = is[i];
    if (!successor || before.has(successor.name)) return inParameter(parameter, goneParameter(parameter));
    renamed.add(successor.name);
    const types_ = types.compare(parameter.type, successor.type, "parameter");
    return inParameter(successor, all([renamedParameter(parameter, successor), types_]));
  });
  const isOld = (parameter: NamedValue) => before.has(parameter.name) || renamed.has(parameter.name);
  const firstNew = is.findLastIndex(isOld) + 1;
  is.forEach((parameter, i) => {
    if (!isOld(parameter)) found.push(inParameter(parameter, newParameter(parameter, i >= firstNew)));
  });
  const kept = was.filter((parameter) => after.has(parameter.name));
  const isReordered = is
    .filter((parameter) => before.has(parameter.name))
    .some((parameter, i) => parameter.name !== kept[i]!.name);
  if (isReordered) found.push(reorderedParameters(was, is));
  return all(found);
}

/** Comparison of imports: the host's functions take their arguments by position. */
function comparePositions(
  types: TypeComparison,
  was: readonly NamedValue[],
  is: readonly NamedValue[],
): Findings {
  const longer = was.length > is.length ? was : is;
  return all(
    longer.map((parameter, i) => {
      const [before, after] = [was[i], is[i]];
      if (before && after) return inParameter(after, types.compare(before.type, after.type, "parameter"));
      return inParameter(parameter, before ? goneParameter(before) : newParameter(parameter, true));
    }),
  );
}

function inParameter({ name }: NamedValue, findings: Findings): Findings {
  return at(`parameter ${name}`, "parameter", findings);
}

function goneParameter(parameter: NamedValue): Findings {
  const what = `is gone; it was ${shown(parameter.type)}`;
  return one({ breaking: true, what, before: text(parameter), reason: "Calls that give it are refused." });
}

function newParameter(parameter: NamedValue, isLast: boolean): Findings {
  const isOption = resolve(parameter.type).kind === "option";
  const reason = !isOption
    ? "Calls that don't give it are refused."
    : isLast
      ? "Calls that leave it out mean none."
      : "Calls by position give it what is meant for the parameters after it.";
  const what = `is new: ${shown(parameter.type)}`;
  return one({ breaking: !(isOption && isLast), what, after: text(parameter), reason });
}

function renamedParameter(was: NamedValue, is: NamedValue): Findings {
  return one({
    breaking: true,
    what: `was called ${cutNames(printName(was.name))}`,
    before: text(was),
    after: text(is),
    reason: "Calls that name their arguments are refused.",
  });
}

function reorderedParameters(was: readonly NamedValue[], is: readonly NamedValue[]): Findings {
  return one({
    breaking: true,
    what: "has its parameters in another order",
    before: cutNames(writtenOut({ parameters: was })),
    after: cutNames(writtenOut({ parameters: is })),
    reason: "Calls by position give the wrong ones.",
  });
}

function text({ name, type }: NamedValue): string {
  return `${cutNames(printName(name))}: ${shown(type)}`;
}

// ---- Results

/** A top-level result is no value but an outcome: its ok case answers 200 or 204, its error 422. */
function compareOutcomes(types: TypeComparison, was?: ValueType, is?: ValueType): Findings {
  const [before, after] = [was && resolve(was), is && resolve(is)];
  const [failing, fails] = [
    before?.kind === "result" ? before : undefined,
    after?.kind === "result" ? after : undefined,
  ];
  if (failing && fails) {
    return at(
      "result",
      "result",
      all([
        at(" ok", "case", compareOutcome(types, answers, failing.ok, fails.ok)),
        at(" err", "case", compareOutcome(types, errors, failing.err, fails.err)),
      ]),
    );
  }
  if (!failing && !fails) return inResult(compareOutcome(types, answers, was, is));
  const answered = compareOutcome(types, answers, failing ? failing.ok : was, fails ? fails.ok : is);
  const outcome = fails
    ? outcomeChanged(was, fails, true, "A call that could only succeed may be answered by an error now.")
    : outcomeChanged(
        was,
        is,
        false,
        "A call that succeeds is answered as before; there are no errors any more.",
      );
  return all([inResult(outcome), failing ? inResult(answered) : at("result ok", "case", answered)]);
}

/** Consequences for callers where an outcome begins to have a value, and where it has none any more. */
interface Noticed {
  readonly added: { readonly breaking: boolean; readonly reason: string };
  readonly removed: { readonly breaking: boolean; readonly reason: string };
}

const answers: Noticed = {
  added: {
    breaking: true,
    reason: "Callers that expect 204 No Content are answered 200 with a body.",
  },
  removed: { breaking: true, reason: "Callers that read it are answered 204 No Content." },
};

const errors: Noticed = {
  added: { breaking: false, reason: "Callers don't read what they don't know of a problem's members." },
  removed: { breaking: true, reason: "Callers that read it find nothing." },
};

function compareOutcome(
  types: TypeComparison,
  { added, removed }: Noticed,
  was: ValueType | undefined,
  is: ValueType | undefined,
): Findings {
  if (was && is) return types.compare(was, is, "result");
  if (!was && !is) return noFindings;
  const { breaking, reason } = is ? added : removed;
  return outcomeChanged(was, is, breaking, reason);
}

function outcomeChanged(
  was: ValueType | undefined,
  is: ValueType | undefined,
  breaking: boolean,
  reason: string,
): Findings {
  if (was && is) return changed(was, is, breaking, reason);
  if (is) return one({ breaking, what: `is new: ${shown(is)}`, after: shown(is), reason });
  if (was) return one({ breaking, what: `is gone; it was ${shown(was)}`, before: shown(was), reason });
  return noFindings;
}

/** In a result path, what is below stands apart: `result ok`, `result total`, `result [].total`. */
function inResult(findings: Findings): Findings {
  if (isEmpty(findings)) return findings;
  const kept = findings.kept.map(
    (finding): Finding => ({
      ...finding,
      path: finding.path === "" ? "result" : `result ${finding.path.replace(/^\./, "")}`,
      noun: finding.noun ?? "result",
    }),
  );
  return { ...findings, kept };
}

// ---- Resources

/** JSON has no form for resources: one more or less decides whether a function can be called with JSON at all. */
function compareHandles(was: FunctionType, is: FunctionType): Findings {
  const [had, has] = [hasHandles(was), hasHandles(is)];
  if (had === has) return noFindings;
  const [before, after] = [cutNames(writtenOut(was)), cutNames(writtenOut(is))];
  return one({
    breaking: has,
    what: has ? "takes or gives resources now" : "takes and gives no resources any more",
    before,
    after,
    reason: has ? "It can't be called with JSON any more." : "It can be called with JSON now.",
  });
}

function hasHandles({ parameters, result }: FunctionType): boolean {
  return parameters.some(({ type }) => holdsHandle(type)) || (result !== undefined && holdsHandle(result));
}

const holdsHandle: (type: ValueType) => boolean = onceByStructure((structure: Structure): boolean => {
  switch (structure.kind) {
    case "own":
    case "borrow":
      return true;
    case "list":
      return holdsHandle(structure.element);
    case "tuple":
      return structure.elements.some(holdsHandle);
    case "record":
      return structure.fields.some(({ type }) => holdsHandle(type));
    case "variant":
      return structure.cases.some(({ type }) => type !== undefined && holdsHandle(type));
    case "option":
      return holdsHandle(structure.some);
    case "result":
      return [structure.ok, structure.err].some((type) => type !== undefined && holdsHandle(type));
    default:
      return false;
  }
});
