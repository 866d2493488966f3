/**
 * Hotcell's own engine: components are linked as their definition says, and values cross by closures built from
 * the type model. Nothing is generated and nothing of an upload runs but its core modules.
 */
import type { Component } from "../../component/component.ts";
import { cacheByDigest } from "../compile-cache.ts";
import { type CompiledComponent, defaultFuel, type Engine } from "../engine.ts";
import { Blueprint } from "./blueprint.ts";
import { DirectCell } from "./cell.ts";
import { compileModules, limitsForCell } from "./compile.ts";
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
  const modules = await compileModules(coreModules);
  const missing = unsuppliable(definition.type);
  if (missing !== undefined) {
    return {
      instantiate() {
        throw unsupplied(missing);
      },
    };
  }
  let plan = link(definition, modules);
  const limits = limitsForCell(plan);
  if (limits) plan = link(definition, await compileModules(coreModules, limits));
  const blueprint = new Blueprint(plan);
  await blueprint.prepare();
  return { instantiate: (imports, { fuel = defaultFuel } = {}) => new DirectCell(blueprint, imports, fuel) };
}
