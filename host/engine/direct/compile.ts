import type { CoreModule } from "../../component/definition.ts";
import { HotcellError } from "../../errors.ts";
import type { HardenedModule } from "../harden/hardened-module.ts";
import { defaultHardenLimits, type HardenLimits } from "../harden/limits.ts";
import { hardenOffThread } from "../harden/off-thread.ts";
import type { Plan, Step } from "./plan.ts";

/** A core module, hardened and compiled. */
interface CompiledModule {
  readonly module: WebAssembly.Module;
  readonly info: HardenedModule;
}

export type CompiledModules = ReadonlyMap<CoreModule, CompiledModule>;

/** Throws what `hardenOffThread` throws, and `invalid-component` for what V8 refuses. */
export async function compileModules(
  modules: readonly CoreModule[],
  limits: Partial<HardenLimits> = {},
): Promise<CompiledModules> {
  return new Map(
    await Promise.all(modules.map(async (m) => [m, await compileModule(m.bytes, limits)] as const)),
  );
}

async function compileModule(source: Uint8Array, limits: Partial<HardenLimits>): Promise<CompiledModule> {
  const { bytes, info } = await hardenOffThread(source, { limits });
  try {
    return { module: await WebAssembly.compile(bytes), info };
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause;
    throw new HotcellError("invalid-component", `A core module does not compile: ${cause.message}`, {
      remedy: "Build the component again with current tools.",
      cause,
    });
  }
}

/**
 * The limits that keep a whole cell within what one module may have, where its modules together could exceed that;
 * undefined where they can't. A module is hardened by itself, but a cell may have many instances of it.
 */
export function limitsForCell({ steps }: Plan): Partial<HardenLimits> | undefined {
  const instances = steps.filter(
    (step): step is Step & { kind: "instantiate" } => step.kind === "instantiate",
  );
  const share = (parts: readonly (readonly { readonly max: number }[])[], limit: number) => {
    const holders = parts.filter((part) => part.length > 0);
    const total = holders.flat().reduce((sum, { max }) => sum + max, 0);
    return total > limit ? Math.floor(limit / holders.length) : limit;
  };
  const memories = instances.map(({ info }) => info.memories);
  const tables = instances.map(({ info }) => info.tables);
  const memoryPages = share(memories, defaultHardenLimits.memoryPages);
  const tableElements = share(tables, defaultHardenLimits.tableElements);
  const within =
    memoryPages === defaultHardenLimits.memoryPages && tableElements === defaultHardenLimits.tableElements;
  return within ? undefined : { memoryPages, tableElements };
}
