import { HotcellError, NoRoomToGrowError, orRaise } from "../../errors.ts";
import type { Growth } from "../../harden/growth-word.ts";
import type { HardenedModule } from "../../harden/hardened-module.ts";
import { bytesPerPage } from "../../harden/module-limits.ts";
import { AbiTrap, reworded } from "../abi-trap.ts";
import type { CellLimits } from "../engine.ts";
import type { CellPlan } from "../link/plan.ts";
import { isAbort, type Trapped, trapReason } from "../trap.ts";
import type { CellMemory } from "./cell-memory.ts";

/** Bounds of what the memories and tables of a cell may become, and what its host has for all cells. */
export interface GrowthBounds {
  readonly limits: CellLimits;
  /** Each once, however often it is instantiated. */
  readonly modules: readonly HardenedModule[];
  readonly memory: CellMemory;
}

export function growthBounds({ steps }: CellPlan, limits: CellLimits, memory: CellMemory): GrowthBounds {
  const infos = steps.flatMap((step) => (step.kind === "instantiate" ? [step.info] : []));
  return { limits, modules: [...new Set(infos)], memory };
}

/**
 * The error for a guest that was refused growth, and then ended as those do that can't go on without; undefined where it
 * ended over something else.
 */
export function refusedGrowth(
  growth: Growth,
  thrown: unknown,
  trapped: Trapped,
  bounds: GrowthBounds,
): HotcellError | undefined {
  const { told, plugin = "The plugin", subject, doing } = trapped;
  // Who says of himself why he ends is believed.
  if (told === undefined ? !lacks(growth, thrown) : !/\b(memory|alloc)/i.test(told)) return undefined;
  const unit = growth.of === "memory" ? bytesPerPage : 1;
  const had = growth.size * unit;
  const asked = growth.asked * unit;
  const things = growth.of === "memory" ? "bytes" : "elements";
  const story = `${plugin} ran out of ${growth.of === "memory" ? "memory" : "table elements"} ${doing}: it had ${had} ${things} and asked for ${asked} more`;
  const facts = { subject, actual: had + asked, extra: { had, asked } };
  const reason = reasonFor(growth, bounds, had, asked);
  const { what, retryAfter, ...why } = reason;
  const detail = `${story}, but ${what}. Then it ended: ${trapReason(reworded(thrown), trapped)}.`;
  if (!("retryAfter" in reason)) return new HotcellError("out-of-memory", detail, { ...facts, ...why });
  return new NoRoomToGrowError(detail, { ...facts, ...why, ...(retryAfter !== undefined && { retryAfter }) });
}

/** Asked for by AssemblyScript itself, which gives out no more at once and then does not even try to grow. */
const maxAtOnce = 2 ** 30 - 4;

/** The error for an AssemblyScript guest that asked for more at once than its library gives out. */
export function tooMuchAtOnce(
  { told = "", plugin = "The plugin", subject, doing }: Trapped,
  { limits }: GrowthBounds,
): HotcellError | undefined {
  if (!/^allocation too large \(~lib\/rt\//i.test(told)) return undefined;
  const detail = `${plugin} ran out of memory ${doing}: it asked for more than ${maxAtOnce} bytes at once. Then it ended: ${told}.`;
  return new HotcellError("out-of-memory", detail, {
    subject,
    limit: limits.memory,
    actual: `more than ${maxAtOnce}`,
    remedy: "Ask for less at once: AssemblyScript gives out no larger block, whatever limits.memory is.",
  });
}

/** True for an end that a guest may come to which did not get what it asked for. */
function lacks({ of }: Growth, thrown: unknown): boolean {
  if (isAbort(thrown) || thrown instanceof WebAssembly.Exception) return true;
  const message = thrown instanceof Error ? thrown.message : "";
  if (of === "table") return /table index|table access|null function/i.test(message);
  if (thrown instanceof RangeError) return !/call stack/i.test(message);
  return thrown instanceof AbiTrap ? /memory/i.test(message) : /memory access/i.test(message);
}

interface Reason {
  /** Completes the sentence "…, but". */
  readonly what: string;
  readonly setting?: string;
  readonly limit: number;
  readonly remedy: string;
  /** Seconds after which the host may have more, where it is the host that had none; undefined for never. */
  readonly retryAfter?: number | undefined;
}

const maxBytes = 65_536 * bytesPerPage;
const useLess = "Use less in one call";

function reasonFor(
  { of, asked: by, size }: Growth,
  { limits, modules, memory }: GrowthBounds,
  had: number,
  asked: number,
): Reason {
  if (of === "memory" && had + asked > maxBytes)
    return {
      what: `no memory can have more than ${maxBytes}`,
      limit: limits.memory,
      remedy: `Ask for less at once: limits.memory is ${limits.memory}.`,
    };
  const [setting, unit] =
    of === "memory" ? (["memory", bytesPerPage] as const) : (["tableElements", 1] as const);
  const all = modules.flatMap((info): readonly Sized[] => (of === "memory" ? info.memories : info.tables));
  // Which one it is nobody has said: it is one that could not grow so far.
  const one = all.find(({ min, max }) => min <= size && size <= max && size + by > max);
  if (one === undefined) return noRoom(memory, had, asked);
  const most = one.max * unit;
  if (one.declared === one.max)
    return {
      what: `the component itself says that it may have no more than ${most}`,
      limit: most,
      remedy: `${useLess}, or build it with a larger maximum (asc: maximumMemory).`,
    };
  const limit = limits[setting];
  const shared = limit - most >= unit ? `, of which this part of it may have ${most}` : "";
  return {
    what: `limits.${setting} is ${limit}${shared}`,
    setting: `limits.${setting}`,
    limit,
    ...orRaise(useLess, [setting]),
  };
}

interface Sized {
  readonly min: number;
  readonly max: number;
  readonly declared: number | undefined;
}

function noRoom({ limit, inUse }: CellMemory, had: number, asked: number): Reason {
  const remedy = "Try again when other cells have ended";
  if (limit - inUse >= asked)
    return {
      what: "the host's process has no memory for it",
      limit,
      remedy: `${remedy}, or give the host's process more memory.`,
      retryAfter: 1,
    };
  const what = `of the ${limit} bytes that the host has for all cells ${inUse} are in use`;
  const raise = "raise the host's cellMemory (HOTCELL_CELL_MEMORY)";
  return had + asked > limit
    ? { what, limit, remedy: `${useLess}, or ${raise}.`, retryAfter: undefined }
    : { what, limit, remedy: `${remedy}, or ${raise}.`, retryAfter: 1 };
}
