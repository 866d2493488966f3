/**
 * What is not priced by opcode, in units of fuel (see `opcodes.ts`). The figures were found with `bench/harden.ts`,
 * which shows what a unit of each of them takes.
 */

/**
 * Any call pays for the beginning of whatever it calls, up to `freeStart` units, so that small functions and early
 * returns pay nothing themselves.
 */
export const callCost = 32;
export const freeStart = 24;
export const indirectCallCost = callCost + 8;
/** Without the frames that are unwound: calls pay for these where a module knows exceptions. */
export const throwCost = 4_000;
export const unwindCost = 100;
/** Storing a reference in a table is that dear in V8, reading one is not. */
export const tableSetCost = 400;
export const referenceCost = 5;
/** Going round once more, beyond the instructions in a loop. */
export const loopCost = 3;

/** What part of a branch may be paid for by those who don't take it: see `charges.ts`. */
export const mergeSmall = 24;
export const mergeLikely = 256;

/** Operations whose time depends on an operand: a fixed cost, and `operand × factor >> shift`. */
export interface BulkCost {
  readonly fixed: number;
  readonly factor: number;
  readonly shift: number;
  /** What can't reach so far fails at once, so no more is charged for. */
  readonly upTo?: "memoryPages" | "tableElements";
}

export const bulkCosts = {
  memoryFill: { fixed: 80, factor: 1, shift: 1 },
  memoryCopy: { fixed: 100, factor: 1, shift: 0 },
  memoryInit: { fixed: 700, factor: 1, shift: 1 },
  /** The system finds each page's memory only when it is first touched: that is most of it. */
  memoryGrow: { fixed: 1_000, factor: 200_000, shift: 0, upTo: "memoryPages" },
  tableFill: { fixed: 500, factor: 700, shift: 0 },
  tableCopy: { fixed: 500, factor: 270, shift: 0 },
  tableInit: { fixed: 700, factor: 800, shift: 0 },
  tableGrow: { fixed: 1_000, factor: 700, shift: 0, upTo: "tableElements" },
} as const satisfies Record<string, BulkCost>;
