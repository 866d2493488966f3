/** Cells of what jco emits; starts no process, so that a plugin's own process can do it too. */
import type { Component } from "../../component/component.ts";
import { componentReader } from "../../component/component-reader.ts";
import { readCoreModule } from "../../component/decode/core-module.ts";
import type { CoreModule } from "../../component/definition.ts";
import { StructureMeter } from "../../component/structure-limits.ts";
import { HotcellError } from "../../errors.ts";
import { bytesPerPage, defaultHardenLimits } from "../../harden/module-limits.ts";
import { Sources } from "../../harden/sources.ts";
import { cellHome } from "../cell/cell-home.ts";
import { CellMemory } from "../cell/cell-memory.ts";
import { growthBounds } from "../cell/refused-growth.ts";
import { startPrice } from "../cell/start-price.ts";
import { type CellLimits, type CompiledComponent, defaultBudget } from "../engine.ts";
import {
  type CompiledModules,
  compiledSize,
  compileForCell,
  compileModules,
  limitsForModule,
} from "../link/compile-modules.ts";
import { link } from "../link/linker.ts";
import type { CellPlan } from "../link/plan.ts";
import { evaluateGlue } from "./glue.ts";
import { exportsOf, importsOf } from "./jco-bindings.ts";
import { type JcoBlueprint, JcoCell } from "./jco-cell.ts";
import { requireHarmlessName, requireHarmlessWorld } from "./name-gate.ts";

/** A component as jco's transpiler leaves it. Plain data: it can be sent to another process. */
export interface Transpiled {
  readonly glue: string;
  /** Names that the glue has for the component's core modules → indices in `Component.coreModules`. */
  readonly own: readonly (readonly [path: string, index: number])[];
  /** The same for the adapters that jco makes for calls between nested components → the modules, in base64. */
  readonly added: readonly (readonly [path: string, module: string])[];
}

/** A component that may be transpiled: its names are harmless, its modules hardened and compiled. */
export interface PreparedComponent {
  readonly component: Component;
  readonly modules: CompiledModules;
  readonly plan: CellPlan;
  readonly limits: CellLimits;
}

/**
 * The gate before the transpiler. Throws `unsafe-name`, `unsupported-feature`, `component-limit`, `invalid-component`
 * and what else hardening throws.
 */
export async function prepare(
  component: Component,
  limits?: Partial<CellLimits>,
): Promise<PreparedComponent> {
  const { world, coreModules, beyondWit, definition } = component;
  // The gate goes by the world.
  if (beyondWit.length > 0) {
    throw new HotcellError("unsupported-feature", "The jco engine runs only what a WIT world can say.", {
      subject: beyondWit[0]!,
      remedy: 'Run the plugin on the engine "direct".',
    });
  }
  requireHarmlessWorld(world);
  importsOf(world);
  for (const { bytes, names } of coreModules) requireHarmlessModule(bytes, names);
  const limitsOfCell = complete(limits);
  const sizes = limitsForModule(limitsOfCell);
  const modules = await compileModules(coreModules, sizes);
  // Only to know how many instances of each module there are: together they have no more than one cell may.
  let plan = link(definition, modules);
  const shared = await compileForCell(modules, plan, sizes);
  if (shared) plan = link(definition, shared);
  return { component, modules: shared ?? modules, plan, limits: limitsOfCell };
}

export function complete(limits: Partial<CellLimits> = {}): CellLimits {
  return {
    memory: limits.memory ?? defaultHardenLimits.memoryPages * bytesPerPage,
    tableElements: limits.tableElements ?? defaultHardenLimits.tableElements,
  };
}

/**
 * Recognises the component's own modules among the files of the transpiler. Throws `unsafe-name` for a module with
 * names that the gate refuses.
 */
export function transpiled(component: Component, files: ReadonlyMap<string, Uint8Array>): Transpiled {
  const own: [string, number][] = [];
  const added: [string, string][] = [];
  let glue: string | undefined;
  for (const [path, content] of files) {
    if (path.endsWith(".js")) glue = new TextDecoder().decode(content);
    if (!path.endsWith(".wasm")) continue;
    requireHarmlessModule(content);
    const index = component.coreModules.findIndex(({ bytes }) => Buffer.compare(bytes, content) === 0);
    if (index < 0) added.push([path, Buffer.from(content).toString("base64")]);
    else own.push([path, index]);
  }
  if (glue === undefined) throw new HotcellError("fault", "jco emitted no code.");
  return { glue, own, added };
}

/** Throws `unsupported-feature` for code that is not what jco emits, and what hardening throws. */
export async function finish(
  prepared: PreparedComponent,
  { glue, own, added }: Transpiled,
  memory: CellMemory,
): Promise<CompiledComponent> {
  const { component, plan, limits } = prepared;
  const coreModules = new Map(
    own.map(([path, index]) => [path, prepared.modules.get(hardest(prepared, index))!]),
  );
  for (const [path, base64] of added) {
    const adapter = { bytes: new Uint8Array(Buffer.from(base64, "base64")), names: [] };
    coreModules.set(path, (await compileModules([adapter], nothingOfItsOwn)).get(adapter)!);
  }
  const blueprint: JcoBlueprint = {
    ...evaluateGlue(glue),
    coreModules,
    imports: importsOf(component.world),
    exports: exportsOf(component.world),
    home: cellHome(memory, startPrice(plan), growthBounds(plan, limits, memory)),
    sources: new Sources(coreModules.values().flatMap(({ info: { sources } }) => (sources ? [sources] : []))),
  };
  return {
    // The glue is text, and V8 makes code of it.
    size: compiledSize(prepared.modules) + 10 * glue.length,
    instantiate: (given, budget) => new JcoCell(blueprint, given, { ...defaultBudget, ...budget }),
  };
}

/** Adapters work on the memories of the modules between which they stand. */
const nothingOfItsOwn = { memoryPages: 0, tableElements: 0 };

/**
 * Module of those with the same bytes, which jco does not tell apart, that may have least: what it may have
 * depends on how often it is instantiated.
 */
function hardest({ component, modules }: PreparedComponent, index: number): CoreModule {
  const { bytes } = component.coreModules[index]!;
  const size = (module: CoreModule) => {
    const { memories, tables } = modules.get(module)!.info;
    return [...memories, ...tables].reduce((sum, { max }) => sum + max, 0);
  };
  const same = component.coreModules.filter((module) => Buffer.compare(module.bytes, bytes) === 0);
  return same.reduce((least, module) => (size(module) < size(least) ? module : least));
}

/**
 * A component that was transpiled elsewhere (`JcoEngine.transpile`), by a process that this one trusts. Throws what
 * compiling it would have thrown.
 */
export async function compileTranspiled(
  component: Component,
  from: Transpiled,
  limits?: Partial<CellLimits>,
  memory: CellMemory = new CellMemory(),
): Promise<CompiledComponent> {
  return finish(await prepare(component, limits), from, memory);
}

/** Gates the names that a module's binary has, and those that inspection found. */
function requireHarmlessModule(bytes: Uint8Array, names: readonly string[] = []): void {
  const { module } = readCoreModule(componentReader(bytes, new StructureMeter()));
  for (const name of [...names, ...module.names]) requireHarmlessName(name, "core import or export");
}
