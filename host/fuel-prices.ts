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
/** Without the frames that are unwound and the clauses that are tried: who enters those has paid. */
export const throwCost = 4_000;
/** For each value that an exception carries. */
export const payloadCost = 250;
/** A call, where a module beside it may throw through the frame that it makes. */
export const unwindCost = 100;
/**
 * Entering a `try`: an exception looks at its clauses one by one, and is thrown on where none fits. Once for each entry,
 * because that ends it.
 */
export const clauseCost = 80;
export const throwOnCost = 700;
/** A frame's locals beyond those that most functions have are cleared: half a unit each. */
export const [freeLocals, localsPerUnit] = [32, 2];
/** V8 compiles a function when it is first called, and nobody knows when that is: large ones pay a little every time. */
export const [freeCode, codeBytesPerUnit] = [256, 16];
/** A `br_table` that leads to many places is predicted badly. */
export const [targetsPerUnit, mostForTargets] = [8, 40];
/** `data.drop` and `elem.drop`. */
export const dropCost = 40;
/** Storing a reference in a table is that dear in V8, reading one is not. */
export const tableSetCost = 400;
export const referenceCost = 5;
/** What calls are paid for together: more, and too many could be made before anybody looks at the time. */
export const mostCallsAtOnce = 4_096;
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
  /** Only what was granted is charged for, and `granted` besides, once it was. */
  readonly granted?: number;
}

export const bulkCosts = {
  memoryFill: { fixed: 80, factor: 1, shift: 1 },
  memoryCopy: { fixed: 100, factor: 1, shift: 0 },
  memoryInit: { fixed: 700, factor: 1, shift: 1 },
  /** The system finds each page's memory only when it is first touched: that is paid for then, by the time it takes. */
  memoryGrow: { fixed: 1_000, granted: 10_000, factor: 500, shift: 0 },
  tableFill: { fixed: 500, factor: 700, shift: 0 },
  tableCopy: { fixed: 500, factor: 270, shift: 0 },
  tableInit: { fixed: 700, factor: 800, shift: 0 },
  tableGrow: { fixed: 1_000, granted: 0, factor: 700, shift: 0 },
} as const satisfies Record<string, BulkCost>;

/**
 * What the host does for a guest; prices by type are in `engine/abi/weights.ts`. A string or list out of its memory, of
 * which a list of numbers becomes an array with memory of its own. jco's glue reads through views instead, number by
 * number.
 */
export const lifting = { string: 100, list: 100, bytes: 500, array: 2_200, view: 40, perByte: 8 };
/** A string or list into it, beside what `realloc` itself costs. */
export const lowering = { each: 100, perByte: 4 };
export const hostCallCost = 100;
/** What functions of the host's own do beside taking and giving values. */
export const hostCosts = {
  /** An object of the host's is made. */
  object: 300,
  /** An error is thrown and caught; or may be. */
  refused: 2_500,
  refusable: 1_500,
  /** The system's own random numbers are asked for. */
  random: 5_000,
  /** A byte of repeatable random numbers, which are made of big integers. */
  seededByte: 250,
  line: 2_500,
  /** A byte of output is decoded, looked at, and copied. */
  outputByte: 4,
  write: 600,
  poll: 500,
  /** Each is looked at twice, where one has to be waited for. */
  polled: 1_000,
  fields: 2_000,
  /** One value of a field is checked and put there, or taken away; or read with its name; or read. */
  field: 800,
  fieldEntry: 400,
  fieldValue: 300,
  /** A request or response with fields, method and the like. */
  message: 1_000,
} as const;
/** From one component instance to another. */
export const siblingCallCost = 300;
/** `resource.new`, `resource.drop` and `resource.rep`. */
export const handleCost = 150;
/** Waiting for a host function; one that has nothing to wait for still takes a turn. */
export const suspensionCost = 4_000;

/**
 * Putting a cell back to its snapshot. A memory that fits into a processor's caches is filled; pages of a larger one are
 * looked at, and filled where there is something.
 */
export const resetCosts = {
  instance: 1_200,
  global: 20,
  page: 16_000,
  farPage: 20_000,
  filledPage: 80_000,
} as const;

/**
 * Starting a cell, by what V8 and the engine make for it (`InstanceParts`): units each. Found by instantiating modules
 * of ten thousand of each; collecting them again is in it.
 */
export const startCosts = {
  instance: 48_000,
  type: 120,
  function: 240,
  import: 6_400,
  global: 200,
  export: 1_280,
  exportedFunction: 7_000,
  memory: 80_000,
  table: 3_200,
  tableElement: 120,
  filledElement: 240,
  elementSegment: 240,
  element: 440,
  dataSegment: 160,
  dataByte: 1,
  /** Four KiB of memory that are written to for the first time. */
  touched: 20_000,
  component: 4_000,
  builtin: 8_000,
} as const;

/** Starting a cell in bytes of the heap; what memories take is elsewhere. */
export const startHeap = {
  cell: 3_000,
  instance: 1_500,
  type: 8,
  function: 16,
  import: 170,
  global: 10,
  export: 48,
  exportedFunction: 330,
  exportedGlobal: 72,
  table: 220,
  tableElement: 24,
  filledElement: 24,
  elementSegment: 8,
  /** A function that a table refers to. */
  reference: 180,
  component: 400,
  builtin: 600,
  context: 250,
} as const;
