/**
 * Hotcell's own engine: components are linked as their definition says, and values cross by closures built from
 * the type model. Nothing is generated and nothing of an upload runs but its core modules.
 */
import type { Component } from "../../component/component.ts";
import { bytesPerPage, defaultHardenLimits } from "../../harden/module-limits.ts";
import { cellHome } from "../cell/cell-home.ts";
import { CellMemory } from "../cell/cell-memory.ts";
import { growthBounds } from "../cell/refused-growth.ts";
import { startPrice } from "../cell/start-price.ts";
import { cacheByDigest } from "../compile-cache.ts";
import { type CellLimits, type CompiledComponent, defaultBudget, type Engine } from "../engine.ts";
import { compiledSize, compileForCell, compileModules, limitsForModule } from "../link/compile-modules.ts";
import { link } from "../link/linker.ts";
import { unsuppliable, unsupplied } from "../link/unsuppliable.ts";
import { Blueprint } from "./blueprint.ts";
import { DirectCell } from "./direct-cell.ts";

/** Compiled components are kept by digest and limits as long as anyone holds them. `memory` is the host's. */
export function createDirectEngine(memory: CellMemory = new CellMemory()): Engine {
  return {
    name: "direct",
    compile: cacheByDigest(
      (component, limits) => compile(component, limits, memory),
      (limits) => Object.values(limitsForModule(complete(limits))).join(" "),
    ),
    close: () => Promise.resolve(),
  };
}

function complete(limits: Partial<CellLimits> = {}): CellLimits {
  return {
    memory: limits.memory ?? defaultHardenLimits.memoryPages * bytesPerPage,
    tableElements: limits.tableElements ?? defaultHardenLimits.tableElements,
  };
}

async function compile(
  { coreModules, definition }: Component,
  given: Partial<CellLimits> | undefined,
  memory: CellMemory,
): Promise<CompiledComponent> {
  const limitsOfCell = complete(given);
  const limits = limitsForModule(limitsOfCell);
  const modules = await compileModules(coreModules, limits);
  const missing = unsuppliable(definition.type);
  if (missing !== undefined) {
    return {
      size: compiledSize(modules),
      instantiate() {
        throw unsupplied(missing);
      },
    };
  }
  let plan = link(definition, modules);
  const shared = await compileForCell(modules, plan, limits);
  if (shared) plan = link(definition, shared);
  const blueprint = await Blueprint.of(plan);
  const home = cellHome(memory, startPrice(plan), growthBounds(plan, limitsOfCell, memory));
  return {
    size: compiledSize(shared ?? modules) + plan.size,
    instantiate: (imports, budget) =>
      new DirectCell(blueprint, imports, { ...defaultBudget, ...budget }, home),
  };
}
