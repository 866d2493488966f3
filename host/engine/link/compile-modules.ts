import type { CoreModule } from "../../component/definition.ts";
import { HotcellError } from "../../errors.ts";
import type { HardenOptions } from "../../harden/harden.ts";
import type { HardenedModule } from "../../harden/hardened-module.ts";
import { bytesPerPage, checkSize, type HardenLimits } from "../../harden/module-limits.ts";
import { hardenOffThread } from "../../harden/off-thread.ts";
import { definesTags } from "../../harden/scan/outline.ts";
import { sharedMaxima } from "../../harden/shares.ts";
import { sourcesSize } from "../../harden/sources.ts";
import type { CellLimits } from "../engine.ts";
import type { CellPlan } from "./plan.ts";

/** A core module, hardened and compiled. */
interface CompiledModule {
  readonly module: WebAssembly.Module;
  readonly info: HardenedModule;
}

export type CompiledModules = ReadonlyMap<CoreModule, CompiledModule>;

/** Limits of what a module may have by itself: all that a cell may. */
export function limitsForModule({ memory, tableElements }: CellLimits): SizeLimits {
  return { memoryPages: Math.floor(memory / bytesPerPage), tableElements };
}

/** Bytes of a hardened module that V8 keeps, and of its machine code: V8 makes that when a function is first called. */
const kept = 4;

/** Bytes that compiled modules take. */
export function compiledSize(modules: CompiledModules): number {
  return modules
    .values()
    .reduce(
      (sum, { info: { stats, sources } }) =>
        sum + kept * stats.bytesOut + (sources ? sourcesSize(sources) : 0),
      0,
    );
}

type SizeLimits = Pick<HardenLimits, "memoryPages" | "tableElements">;

/** Throws what `hardenOffThread` throws, and `invalid-component` for what V8 refuses. */
export async function compileModules(
  modules: readonly CoreModule[],
  limits: SizeLimits,
): Promise<CompiledModules> {
  const unwinds = modules.some(({ bytes }) => definesTags(bytes));
  return new Map(
    await Promise.all(
      modules.map(async (m) => [m, await compileModule(m.bytes, { limits, unwinds })] as const),
    ),
  );
}

async function compileModule(source: Uint8Array, options: HardenOptions): Promise<CompiledModule> {
  const { bytes, info } = await hardenOffThread(source, options);
  try {
    return { module: await WebAssembly.compile(bytes), info };
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause;
    throw await invalidCode(source, cause);
  }
}

/** Error that V8 has against a module as it came: hardening moved everything. */
async function invalidCode(source: Uint8Array, hardened: WebAssembly.CompileError): Promise<HotcellError> {
  const cause = await WebAssembly.compile(new Uint8Array(source)).then(
    () => hardened,
    (error) => (error instanceof WebAssembly.CompileError ? error : hardened),
  );
  const [, detail, offset] =
    /^(?:WebAssembly\.compile\(\): )?(.*?)(?: @\+(\d+))?$/s.exec(cause.message) ?? [];
  const where = offset === undefined ? "" : ` at byte ${offset}`;
  return new HotcellError("invalid-component", `Invalid core module${where}: ${detail ?? cause.message}.`, {
    ...(offset !== undefined && { offset: Number(offset) }),
    remedy: "Build the component again with current tools.",
    cause,
  });
}

/**
 * The modules once more, so that all instances of a cell together stay within the limits: a module is hardened by
 * itself, but a cell may have many modules, and many instances of one. Undefined where they do already. Throws
 * `component-limit` where they can't, since together they begin with more.
 */
export async function compileForCell(
  modules: CompiledModules,
  plan: CellPlan,
  limits: SizeLimits,
): Promise<CompiledModules | undefined> {
  const memoryPages = shares(plan, "memories", "memoryPages", limits);
  const tableElements = shares(plan, "tables", "tableElements", limits);
  if (!memoryPages && !tableElements) return undefined;
  const unwinds = [...modules.keys()].some(({ bytes }) => definesTags(bytes));
  const shared = [...modules].map(async ([source, compiled]): Promise<[CoreModule, CompiledModule]> => {
    const { info } = compiled;
    const own = {
      memoryPages: memoryPages?.get(info) ?? limits.memoryPages,
      tableElements: tableElements?.get(info) ?? limits.tableElements,
    };
    const fits = most(info.memories) <= own.memoryPages && most(info.tables) <= own.tableElements;
    return [source, fits ? compiled : await compileModule(source.bytes, { limits: own, unwinds })];
  });
  return new Map(await Promise.all(shared));
}

/** Shares that each module may have where all instances could reach more than the limit together. */
function shares(
  { steps }: CellPlan,
  parts: "memories" | "tables",
  what: keyof SizeLimits,
  limits: SizeLimits,
): Map<HardenedModule, number> | undefined {
  const instances = steps.filter((step) => step.kind === "instantiate").map(({ info }) => info);
  const all = instances.flatMap((info): readonly Size[] => info[parts]);
  checkSize(
    what,
    limits[what],
    all.reduce((sum, { min }) => sum + min, 0),
  );
  if (most(all) <= limits[what]) return undefined;
  const maxima = sharedMaxima(all, limits[what]);
  const shared = new Map<HardenedModule, number>();
  for (const info of instances) {
    const share = maxima.splice(0, info[parts].length).reduce((sum, max) => sum + max, 0);
    shared.set(info, Math.min(shared.get(info) ?? share, share));
  }
  return shared;
}

interface Size {
  readonly min: number;
  readonly max: number;
}

function most(parts: readonly Size[]): number {
  return parts.reduce((sum, { max }) => sum + max, 0);
}
