/**
 * Engine "jco": the component runs in glue code that jco generates. Slower than closures over the type model, and
 * code printed from an upload runs in the host, hence the name gate; RATIONALE says where it is used.
 */
import type { Component } from "../../component/component.ts";
import { HotcellError } from "../../errors.ts";
import { cacheByDigest } from "../compile-cache.ts";
import type { CompiledComponent, Engine } from "../engine.ts";
import { exportsOf, importsOf } from "./bindings.ts";
import { type Blueprint, JcoCell } from "./cell.ts";
import { evaluateGlue } from "./glue.ts";
import { requireHarmlessModule, requireHarmlessName, requireHarmlessWorld } from "./name-gate.ts";
import { Transpiler } from "./transpiler.ts";

export interface JcoEngineOptions {
  /** Milliseconds that transpiling one component may take. Default 20,000. */
  readonly transpileDeadline?: number;
  /** Bytes that transpiling may emit, beyond four times the component's own size. Default 8 MiB. */
  readonly maxOutput?: number;
  /** MiB of the transpiler's JavaScript heap, and of each WebAssembly memory in it. Default 512. */
  readonly transpilerMemory?: number;
}

/**
 * Needs the package `@bytecodealliance/jco-transpile` from the first compilation on (`tool-missing` without it).
 * Compiled components are kept by digest as long as anyone holds them.
 */
export function createJcoEngine(options: JcoEngineOptions = {}): Engine {
  const transpiler = new Transpiler({
    deadline: options.transpileDeadline ?? 20_000,
    maxOutput: options.maxOutput ?? 8 * 1024 * 1024,
    memory: options.transpilerMemory ?? 512,
  });
  return {
    name: "jco",
    compile: cacheByDigest((component) => compile(component, transpiler)),
    close: () => transpiler.close(),
  };
}

async function compile(component: Component, transpiler: Transpiler): Promise<CompiledComponent> {
  const { world, coreModules, beyondWit } = component;
  // The gate below goes by the world.
  if (beyondWit.length > 0) {
    throw new HotcellError("unsupported-feature", "The jco engine runs only what a WIT world can say.", {
      subject: beyondWit[0]!,
      remedy: 'Run the plugin on the engine "direct".',
    });
  }
  requireHarmlessWorld(world);
  const imports = importsOf(world);
  const exports = exportsOf(world);
  // Before the transpiler sees them, and again below: what it emits need not be what it was given.
  for (const { bytes, names } of coreModules) {
    for (const name of names) requireHarmlessName(name, "core import or export");
    await compileCoreModule(bytes);
  }

  const interfaces = world.imports.filter((item) => item.kind === "interface").map((item) => item.name);
  const files = await transpiler.transpile(component.bytes, interfaces);
  const emitted = new Map<string, WebAssembly.Module>();
  let glue: string | undefined;
  for (const [path, content] of files) {
    if (path.endsWith(".wasm")) emitted.set(path, await compileCoreModule(content));
    else if (path.endsWith(".js")) glue = new TextDecoder().decode(content);
  }
  if (glue === undefined) throw new HotcellError("fault", "jco emitted no code.");

  const blueprint: Blueprint = { instantiate: evaluateGlue(glue), coreModules: emitted, imports, exports };
  return { instantiate: (given) => new JcoCell(blueprint, given) };
}

/** Throws `invalid-component` for what V8 refuses, `unsafe-name` for names the gate refuses. */
async function compileCoreModule(bytes: Uint8Array): Promise<WebAssembly.Module> {
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(bytes);
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause;
    throw new HotcellError("invalid-component", `A core module does not compile: ${cause.message}`, {
      remedy: "Build the component again with current tools.",
      cause,
    });
  }
  requireHarmlessModule(module);
  return module;
}
