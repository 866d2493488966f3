/**
 * Engine "jco": the component runs in glue code that jco generates. Slower than closures over the type model, and
 * code printed from an upload runs in the host, hence the name gate; RATIONALE says where it is used.
 */
import { cellBounds } from "../../bounds/cell-bounds.ts";
import type { Component } from "../../component/component.ts";
import { CellMemory } from "../cell/cell-memory.ts";
import { cacheByDigest } from "../compile-cache.ts";
import type { CellLimits, Engine } from "../engine.ts";
import { limitsForModule } from "../link/compile-modules.ts";
import { complete, finish, prepare, type Transpiled, transpiled } from "./compile-transpiled.ts";
import { Transpiler } from "./transpiler.ts";

export interface JcoEngineOptions {
  /** Milliseconds that transpiling one component may take. Default 20,000. */
  readonly transpileDeadline?: number;
  /** Bytes that transpiling may emit, beyond four times the component's own size. Default 8 MiB. */
  readonly maxOutput?: number;
  /** MiB of the transpiler's JavaScript heap, and of each WebAssembly memory in it. Default 512. */
  readonly transpilerMemory?: number;
}

export interface JcoEngine extends Engine {
  /**
   * The part of compiling that needs a process of its own. What it gives runs by `compileTranspiled` where no process
   * may be started. Throws what `compile` throws.
   */
  transpile(component: Component, limits?: Partial<CellLimits>): Promise<Transpiled>;
}

/**
 * Needs the package `@bytecodealliance/jco-transpile` from the first compilation on (`tool-missing` without it).
 * Compiled components are kept by digest and limits as long as anyone holds them. `memory` is the host's.
 */
export function createJcoEngine(
  options: JcoEngineOptions = {},
  memory: CellMemory = new CellMemory(),
): JcoEngine {
  const transpiler = new Transpiler({
    deadline: options.transpileDeadline ?? cellBounds.transpileTime.value,
    maxOutput: options.maxOutput ?? cellBounds.transpileOutput.value,
    memory: options.transpilerMemory ?? cellBounds.transpileMemory.value / 1024 ** 2,
  });
  /** Transpiles what `prepare` let through. */
  const transpile = async (component: Component) => {
    const interfaces = component.world.imports.filter(({ kind }) => kind === "interface");
    const names = interfaces.map(({ name }) => name);
    return transpiled(component, await transpiler.transpile(component.bytes, names));
  };
  return {
    name: "jco",
    compile: cacheByDigest(
      async (component, limits) => {
        const prepared = await prepare(component, limits);
        return finish(prepared, await transpile(component), memory);
      },
      (limits) => Object.values(limitsForModule(complete(limits))).join(" "),
    ),
    transpile: async (component, limits) => {
      await prepare(component, limits);
      return transpile(component);
    },
    close: () => transpiler.close(),
  };
}
