import { HotcellError } from "../errors.ts";

/**
 * What one component may hold. Far above what compilers emit, low enough that a hostile binary costs well under a second.
 * Counts are for the whole binary, nested components included.
 */
export interface Limits {
  /** Bytes of the binary. */
  readonly bytes: number;
  /** Components inside components, and component or instance types inside one another. */
  readonly nesting: number;
  /** How deep a value type may lie in others (aliases count). */
  readonly typeDepth: number;
  /** Parts of one type when everything it refers to is written out. */
  readonly typeSize: number;
  /** Definitions of every sort (types, functions, instances, aliases, …). */
  readonly definitions: number;
  /** Imports, and exports, of one component, module or instance. */
  readonly externs: number;
  /** Bytes of one name. */
  readonly nameBytes: number;
  /** Parameters of one function. */
  readonly parameters: number;
  /** Fields of one record, cases of one variant, … */
  readonly parts: number;
  readonly coreModules: number;
  readonly instances: number;
  /** Steps that checking types may take: comparing, substituting, looking for unnamed types. */
  readonly work: number;
}

export const defaultLimits: Limits = {
  bytes: 64 * 1024 * 1024,
  nesting: 32,
  typeDepth: 100,
  typeSize: 200_000,
  definitions: 200_000,
  externs: 100_000,
  nameBytes: 10_000,
  parameters: 1_000,
  parts: 10_000,
  coreModules: 1_000,
  instances: 10_000,
  work: 1_000_000,
};

const described: Record<keyof Limits, string> = {
  bytes: "bytes",
  nesting: "levels of nested components and types",
  typeDepth: "levels of value types inside one another",
  typeSize: "parts in one type",
  definitions: "definitions",
  externs: "imports or exports in one place",
  nameBytes: "bytes in one name",
  parameters: "parameters of one function",
  parts: "fields or cases in one type",
  coreModules: "core modules",
  instances: "instances",
  work: "steps to check its types",
};

/** Counts what a binary uses against its limits. One for one inspection. */
export class Meter {
  readonly limits: Limits;
  readonly #used = { definitions: 0, coreModules: 0, instances: 0, work: 0 };

  constructor(limits: Limits = defaultLimits) {
    this.limits = limits;
  }

  /** Adds to a running total. Throws `component-limit`. */
  spend(what: "definitions" | "coreModules" | "instances" | "work", amount = 1, offset?: number): void {
    this.#used[what] += amount;
    this.check(what, this.#used[what], offset);
  }

  /** Throws `component-limit` when one value exceeds its limit. */
  check(what: keyof Limits, actual: number, offset?: number): void {
    const limit = this.limits[what];
    if (actual <= limit) return;
    throw new HotcellError(
      "component-limit",
      `The component has more than ${limit} ${described[what]}${what === "work" ? "" : ` (${actual})`}.`,
      {
        subject: described[what],
        limit,
        actual,
        ...(offset !== undefined && { offset }),
        remedy: "Split the component or simplify its types.",
      },
    );
  }
}
