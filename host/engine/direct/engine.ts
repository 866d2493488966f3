/**
 * Hotcell's own engine: components are linked as their definition says, and values cross by closures built from
 * the type model. Nothing is generated and nothing of an upload runs but its core modules.
 */
import type { Component } from "../../component/component.ts";
import type { CoreModule } from "../../component/definition.ts";
import { HotcellError } from "../../errors.ts";
import { cacheByDigest } from "../compile-cache.ts";
import { type CompiledComponent, defaultFuel, type Engine } from "../engine.ts";
import { harden } from "../harden/harden.ts";
import { Blueprint } from "./blueprint.ts";
import { DirectCell } from "./cell.ts";
import { link } from "./linker.ts";
import { unsuppliable, unsupplied } from "./unsuppliable.ts";

/** Compiled components are kept by digest as long as anyone holds them. */
export function createDirectEngine(): Engine {
  return {
    name: "direct",
    compile: cacheByDigest(compile),
    close: () => Promise.resolve(),
  };
}

async function compile({ coreModules, definition }: Component): Promise<CompiledComponent> {
  const compiled = await Promise.all(
    coreModules.map(async (module) => [module, await compileCoreModule(module.bytes)] as const),
  );
  const missing = unsuppliable(definition.type);
  if (missing !== undefined) {
    return {
      instantiate() {
        throw unsupplied(missing);
      },
    };
  }
  const modules = new Map<CoreModule, WebAssembly.Module>(compiled);
  const blueprint = new Blueprint(link(definition, modules));
  await blueprint.prepare();
  return { instantiate: (imports, fuel = defaultFuel) => new DirectCell(blueprint, imports, fuel) };
}

/** Throws what `harden` throws, and `invalid-component` for what V8 refuses. */
async function compileCoreModule(bytes: Uint8Array): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(harden(bytes).bytes);
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause;
    throw new HotcellError("invalid-component", `A core module does not compile: ${cause.message}`, {
      remedy: "Build the component again with current tools.",
      cause,
    });
  }
}
