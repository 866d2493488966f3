import { startCosts as cost, freeStartUnits } from "../../fuel-prices.ts";
import type { HardenedModule } from "../../harden/hardened-module.ts";
import { bytesPerPage } from "../../harden/module-limits.ts";
import type { CellPlan } from "../link/plan.ts";

/** Price of starting a cell, known before anything of it is made. */
export interface StartPrice {
  /** Fuel in all, without that of start functions. */
  readonly units: number;
  /** The part of it that a start may spend beside its budget, so that small cells start however small that is. */
  readonly free: number;
  /** Bytes of JavaScript's heap that the cell takes. */
  readonly heap: number;
  /** Bytes of all its memories when they begin. */
  readonly memory: number;
  readonly memories: number;
}

/** Bytes of the heap that parts of a cell take; what memories take is elsewhere. */
const heap = {
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

/** Bytes of a page, in which the system gives memory. */
const systemPage = 4_096;

/** Adds up what the steps of a plan make: linear in their number. */
export function startPrice({ steps, components, builtins, contexts }: CellPlan): StartPrice {
  const modules = steps.filter((step) => step.kind === "instantiate").map(({ info }) => info);
  const growing = modules.some(({ reset }) => reset.irreversible.includes("table.grow"));
  let units = components * cost.component + builtins.length * cost.builtin;
  let bytes =
    heap.cell + components * heap.component + builtins.length * heap.builtin + contexts.length * heap.context;
  let [pages, memories, written] = [0, 0, 0];
  const known = new Map<HardenedModule, { units: number; bytes: number }>();
  for (const info of modules) {
    let one = known.get(info);
    if (!one) {
      one = { units: instanceUnits(info), bytes: instanceHeap(info, growing) };
      known.set(info, one);
    }
    units += one.units;
    bytes += one.bytes;
    for (const { min } of info.memories) pages += min;
    memories += info.memories.length;
    written += info.parts.dataSegments + info.parts.dataBytes / systemPage;
  }
  const memory = pages * bytesPerPage;
  units += Math.ceil(Math.min(written, memory / systemPage)) * cost.touched;
  return { units, free: Math.min(units, freeStartUnits), heap: bytes, memory, memories };
}

/** Fuel for making one instance, without the memory that its data is the first to touch. */
function instanceUnits({ parts, tables, memories }: HardenedModule): number {
  const elements = sum(
    tables.map(({ min, filled }) => min * (cost.tableElement + (filled ? cost.filledElement : 0))),
  );
  return Math.ceil(
    cost.instance +
      parts.types * cost.type +
      parts.functions * cost.function +
      parts.imports * cost.import +
      parts.globals * cost.global +
      parts.exports * cost.export +
      parts.exportedFunctions * cost.exportedFunction +
      memories.length * cost.memory +
      tables.length * cost.table +
      elements +
      parts.elementSegments * cost.elementSegment +
      parts.elements * cost.element +
      parts.dataSegments * cost.dataSegment +
      parts.dataBytes * cost.dataByte,
  );
}

/** Tables count with all that they may become where any code of the cell can grow one. */
function instanceHeap({ parts, tables }: HardenedModule, growing: boolean): number {
  const elements = sum(
    tables.map(
      ({ min, max, filled }) =>
        min * (heap.tableElement + (filled ? heap.filledElement : 0)) +
        // V8 grows them by more than it is asked for.
        (growing ? (max - min) * 2 * heap.tableElement : 0),
    ),
  );
  return (
    heap.instance +
    parts.types * heap.type +
    parts.functions * heap.function +
    parts.imports * heap.import +
    parts.globals * heap.global +
    parts.exports * heap.export +
    parts.exportedFunctions * heap.exportedFunction +
    parts.exportedGlobals * heap.exportedGlobal +
    tables.length * heap.table +
    elements +
    parts.elementSegments * heap.elementSegment +
    Math.min(parts.elements, parts.functions) * heap.reference
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
