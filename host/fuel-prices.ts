/**
 * Prices of all that costs fuel, in units: every figure is here, and what is reckoned with them stands where it is used
 * (SECURITY.md says what is paid for). `bench/harden.ts` found them, and shows what a unit of each of them takes.
 *
 * A unit is about the time of one simple instruction: 0.1 ns on the machine where prices were calibrated. What the host
 * does is paid for likewise, but a unit of it is about half a nanosecond there: time is charged where it is more.
 */

/** Units that a millisecond costs where units say less: a unit lasts a tenth of a nanosecond at most. */
export const unitsPerMillisecond = 1e7;

// ---- Instructions

/** Opcodes from one to another, or one. */
type Opcodes = number | readonly [first: number, last: number];
/** Units for each of some instructions; 1 for those that are nowhere. */
type InstructionPrices = readonly (readonly [units: number, opcodes: readonly Opcodes[]])[];

export const corePrices: InstructionPrices = [
  [60, [[0x6d, 0x70]]], // 32-bit divisions and remainders
  [100, [[0x7f, 0x82]]], // 64-bit ones
  [30, [0x95, 0xa3]], // floating-point divisions
  [40, [0x91, 0x9f]], // square roots
  [
    4,
    [
      [0x8d, 0x90],
      [0x9b, 0x9e],
      [0xa8, 0xab],
      [0xae, 0xb1],
    ],
  ], // rounding, checked truncation
];
/** Saturating truncation, after 0xfc. */
export const saturatingPrices: InstructionPrices = [[4, [[0, 7]]]];
/** Vector instructions, after 0xfd. */
export const vectorPrices: InstructionPrices = [
  [2, [[0x00, 0x113]]],
  [40, [0xe3, 0xe7, 0xef, 0xf3]], // square roots, divisions
];

/**
 * Any call pays for the beginning of whatever it calls, up to `freeStart` units, so that small functions and early
 * returns pay nothing themselves.
 */
export const callCost = 32;
export const freeStart = 24;
export const indirectCallCost = callCost + 8;
/** Throwing, without the frames that are unwound and the clauses that are tried: who enters those has paid. */
export const throwCost = 4_000;
/** Value that an exception carries. */
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
export const [targetsPerUnit, maxForTargets] = [8, 40];
/** `data.drop` and `elem.drop`. */
export const dropCost = 40;
/** Storing a reference in a table is that dear in V8, reading one is not. */
export const tableSetCost = 400;
export const referenceCost = 5;
/** Units of calls that are paid for together: more, and too many could be made before anybody looks at the time. */
export const maxCallsAtOnce = 4_096;
/** Going round once more, beyond the instructions in a loop. */
export const loopCost = 3;

/** Part of a branch that may be paid for by those who don't take it: see `charges.ts`. */
export const mergeSmall = 24;
export const mergeLikely = 256;

// ---- Operations on ranges

/** Operations whose time depends on an operand: a fixed cost, and `operand × factor >> shift`. */
export interface BulkCost {
  readonly fixed: number;
  readonly factor: number;
  readonly shift: number;
  /** Fixed cost of growth that was granted; then only what was granted is charged for. */
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

// ---- Values that cross, and calls of the host

/**
 * A string or list out of a guest's memory, of which a list of numbers becomes an array with memory of its own. jco's
 * glue reads through views instead, number by number.
 */
export const lifting = { string: 100, list: 100, bytes: 500, array: 2_200, view: 40, perByte: 8 };
/** A string or list into it, beside what `realloc` itself costs. */
export const lowering = { each: 100, perByte: 4 };
/**
 * A value that the host makes or checks, without what its strings and lists point at: nothing of it is counted by the
 * guest's bytes alone. Found with lists of 200,000 of each.
 */
export const valuePrices = {
  /** One that needs no memory of its own in JavaScript. */
  plain: 40,
  /** A number or bigint that may have some. */
  boxed: 50,
  /** An array, or an object for a handle. */
  array: 200,
  object: 40,
  property: 20,
  /** A property of an object with so many that V8 keeps it as a dictionary. */
  dictionaryProperty: 350,
  /** Finding out which case it is; and of an option that is a value or nothing. */
  variant: 60,
  nullable: 20,
} as const;
export const hostCallCost = 100;
/** Call from one component instance to another. */
export const siblingCallCost = 300;
/** `resource.new`, `resource.drop` and `resource.rep`. */
export const handleCost = 150;
/** Waiting for a host function; one that has nothing to wait for still takes a turn. */
export const suspensionCost = 4_000;

// ---- Host functions

/**
 * Work of functions of the host's own beside taking and giving values, which are paid for by type and bytes whatever
 * function it is. Which function pays what stands with its capability (`capabilities/NAME/`).
 */
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
  /** A backend is asked, and its answer waited for; a byte of what it is asked crosses to it. */
  ask: 6_000,
  askByte: 1,
  /**
   * The thread of key-value buckets looks up one key, keeps one, or lists a page; one more key of the same operation. Measured with a
   * store on disk and 100 bytes a value, in time of all threads: 13 µs for a key of those that 16 callers ask for at once, 27 for one that they
   * set, 290 for a page, 6.4 for one more key. Who asks alone takes more for each, and waits so long for it that it is less in all; of the
   * host's own thread that is 17 and 67 µs, which is what is taken here.
   */
  keyRead: 170_000,
  keyWrite: 670_000,
  keyPage: 3_000_000,
  keyOfMany: 65_000,
  line: 2_500,
  /** Files are asked for something, and the answer waited for; a part of a path; a byte; and that they are durable. */
  file: 60_000,
  filePart: 4_000,
  fileByte: 4,
  fileSync: 2_000_000,
  /** A function of another plugin is called: found, counted there, and told of. What it does is that plugin's to pay. */
  link: 3_000,
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
  /** A response begins, or goes before one: its head is made, and the system is asked to send it. */
  respond: 100_000,
  /** A request of the guest's goes out: a connection is found or made, and the response is received. */
  request: 200_000,
} as const;

// ---- Cells

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
/** Units of making a cell that its start may spend beside its budget: a millisecond's. */
export const freeStartUnits = 8_000_000;
