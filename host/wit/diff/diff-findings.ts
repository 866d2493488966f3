/** Findings of comparing two types, by place, of which only so many are kept. */

/** Who sends the value: the caller (a parameter), or the plugin (a result). */
export type Way = "parameter" | "result";

export interface Finding {
  /** Place below what was compared: `.lines[].quantity`; empty for the thing itself. */
  readonly path: string;
  /** Word for what stands there; given by what it stands in. */
  readonly noun: "parameter" | "result" | "field" | "case" | "flag" | "element" | undefined;
  readonly breaking: boolean;
  /** The predicate of a sentence: `is gone`. */
  readonly what: string;
  readonly before?: string;
  readonly after?: string;
  /** A sentence: who notices, and how. */
  readonly reason: string;
}

/** Findings in order, and how many there are besides. */
export interface Findings {
  readonly kept: readonly Finding[];
  readonly breakingLeft: number;
  readonly compatibleLeft: number;
}

/** More findings than this in one place are counted only, breaking ones kept first. */
const maxKept = 20;
/** Types that share their parts have exponentially many places: beyond this, counts say nothing. */
export const maxCounted = 10_000;

export const noFindings: Findings = { kept: [], breakingLeft: 0, compatibleLeft: 0 };

export function isEmpty(findings: Findings): boolean {
  return findings.kept.length === 0;
}

export function one(finding: Omit<Finding, "path" | "noun">): Findings {
  return { ...noFindings, kept: [{ path: "", noun: undefined, ...finding }] };
}

export function all(parts: readonly Findings[]): Findings {
  const found = parts.filter((part) => !isEmpty(part));
  if (found.length <= 1) return found[0] ?? noFindings;
  const together = found.flatMap((part) => part.kept);
  const breaking = together.filter((finding) => finding.breaking);
  const compatible = together.filter((finding) => !finding.breaking);
  const keptBreaking = Math.min(breaking.length, maxKept);
  const keptCompatible = Math.min(compatible.length, maxKept - keptBreaking);
  const left = (of: "breakingLeft" | "compatibleLeft", more: number) =>
    Math.min(
      maxCounted,
      found.reduce((sum, part) => sum + part[of], more),
    );
  const keep = new Set([...breaking.slice(0, keptBreaking), ...compatible.slice(0, keptCompatible)]);
  return {
    kept: together.length <= maxKept ? together : together.filter((finding) => keep.has(finding)),
    breakingLeft: left("breakingLeft", breaking.length - keptBreaking),
    compatibleLeft: left("compatibleLeft", compatible.length - keptCompatible),
  };
}

/** The findings as seen from what has the thing at `segment`. */
export function at(segment: string, noun: Finding["noun"], findings: Findings): Findings {
  if (isEmpty(findings)) return findings;
  const kept = findings.kept.map((finding) => ({
    ...finding,
    path: segment + finding.path,
    noun: finding.noun ?? noun,
  }));
  return { ...findings, kept };
}
