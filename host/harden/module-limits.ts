import { HotcellError, orRaise } from "../errors.ts";

/**
 * Limits of what one core module may hold. V8 compiles functions when they are first called, outside of any budget, so what
 * makes compiling slow is capped, far above what compilers emit (largest seen: 486 locals, 0.64 million slots merged). Bodies
 * come nearest: the loop of CPython that evaluates bytecode has 426,843 bytes.
 */
export interface HardenLimits {
  /** Pages of 64 KiB that all memories of the module may reach together. Maxima are lowered to fit. */
  readonly memoryPages: number;
  /** Elements that all tables of the module may reach together. Maxima are lowered to fit. */
  readonly tableElements: number;
  readonly memories: number;
  readonly tables: number;
  readonly types: number;
  readonly imports: number;
  readonly exports: number;
  readonly functions: number;
  readonly globals: number;
  /** Values that an exception carries: V8 keeps them on its heap, as long as a guest's stack refers to them. */
  readonly payload: number;
  readonly segments: number;
  /** Bytes of one function's body. */
  readonly bodyBytes: number;
  /** The same after hardening. V8's optimizing compiler can take a kilobyte of memory for each. */
  readonly hardenedBodyBytes: number;
  /** Parameters and locals of one function. */
  readonly locals: number;
  /** Blocks inside one another. */
  readonly nesting: number;
  /** Loops in one function. */
  readonly loops: number;
  /** Targets of one `br_table`. */
  readonly branchTargets: number;
  /**
   * Locals and operands live at each control instruction, summed over a function: every engine's compiler merges
   * all of them there.
   */
  readonly functionMerges: number;
  /** The same summed over the module. A small one may have fewer: see `limitsOf`. */
  readonly totalMerges: number;
}

export const defaultHardenLimits: HardenLimits = {
  memoryPages: 1024,
  tableElements: 65_536,
  memories: 16,
  tables: 64,
  types: 10_000,
  imports: 10_000,
  exports: 10_000,
  functions: 100_000,
  globals: 50_000,
  payload: 8,
  segments: 100_000,
  bodyBytes: 512 * 1024,
  hardenedBodyBytes: 768 * 1024,
  locals: 2_000,
  nesting: 5_000,
  loops: 4_000,
  branchTargets: 10_000,
  functionMerges: 2_000_000,
  totalMerges: 16_000_000,
};

/** Live values at control instructions that there may be for each byte of a module; the largest ratio seen was 0.9. */
const mergesPerByte = 4;

/** The limits for a module of so many bytes: what a small one is made of that is slow to compile is found out sooner. */
export function limitsOf(size: number, given: Partial<HardenLimits> = {}): HardenLimits {
  const limits = { ...defaultHardenLimits, ...given };
  const totalMerges = Math.min(limits.totalMerges, limits.functionMerges + mergesPerByte * size);
  return { ...limits, totalMerges };
}

/** Bytes of a page, which memories are measured in. */
export const bytesPerPage = 65_536;

/** Terms by which errors and pages call what is counted. */
export const moduleTerms: Record<Exclude<keyof HardenLimits, "memoryPages" | "tableElements">, string> = {
  memories: "memories",
  tables: "tables",
  types: "types",
  imports: "imports",
  exports: "exports",
  functions: "functions",
  globals: "globals",
  payload: "values in an exception",
  segments: "data or element segments",
  bodyBytes: "bytes in a function's body",
  hardenedBodyBytes: "bytes in a function's body once it is metered",
  locals: "locals in a function",
  nesting: "nested blocks in a function",
  loops: "loops in a function",
  branchTargets: "targets of one br_table",
  functionMerges: "live values at the control instructions of a function",
  totalMerges: "live values at all its control instructions",
};

/** Throws `component-limit` when a component begins with more memory or larger tables than a cell may have. */
export function checkSize(what: "memoryPages" | "tableElements", max: number, min: number): void {
  if (min <= max) return;
  const [unit, limit, actual, setting] =
    what === "memoryPages"
      ? ["bytes of memory", max * bytesPerPage, min * bytesPerPage, "memory"]
      : ["table elements", max, min, "tableElements"];
  throw new HotcellError(
    "component-limit",
    `The component begins with ${actual} ${unit}; its cells may have ${limit}.`,
    {
      subject: unit,
      limit,
      actual,
      ...orRaise("Make the component begin with less", [setting], "the plugin's settings"),
    },
  );
}

/** Throws `component-limit` when `actual` exceeds the limit. */
export function checkLimit(
  limits: HardenLimits,
  what: keyof typeof moduleTerms,
  actual: number,
  offset: number,
): void {
  const limit = limits[what];
  if (actual <= limit) return;
  throw new HotcellError(
    "component-limit",
    `A core module has more than ${limit} ${moduleTerms[what]} (${actual}, at byte ${offset}).`,
    {
      subject: moduleTerms[what],
      limit,
      actual,
      offset,
      remedy: "Make the module smaller: no setting raises this limit.",
    },
  );
}
