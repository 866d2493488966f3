import type { Component } from "../component/component.ts";
import type { HeapAccount } from "../platform/heap-account.ts";
import { CellMemory } from "./cell/cell-memory.ts";
import type { CellMemoryLimits } from "./cell/cell-memory-limits.ts";
import { createDirectEngine } from "./direct/direct-engine.ts";
import type { CellLimits, Engine } from "./engine.ts";
import type { EngineName } from "./engine-names.ts";
import type { Transpiled } from "./jco/compile-transpiled.ts";
import { createJcoEngine, type JcoEngine } from "./jco/jco-engine.ts";

/** The engines of a host, each made when it is first asked for. */
export class Engines {
  /** Memory that the cells of all engines have together. */
  readonly memory: CellMemory;
  #direct: Engine | undefined;
  #jco: JcoEngine | undefined;

  /** `heap`: what they draw on with all else that a host keeps; one of their own by default. */
  constructor(limits: CellMemoryLimits = {}, heap?: HeapAccount) {
    this.memory = new CellMemory(limits, heap);
  }

  get(name: EngineName): Engine {
    if (name === "jco") return this.#getJco();
    this.#direct ??= createDirectEngine(this.memory);
    return this.#direct;
  }

  /** See `JcoEngine.transpile`. */
  transpile(component: Component, limits: Partial<CellLimits>): Promise<Transpiled> {
    return this.#getJco().transpile(component, limits);
  }

  /** Ends helper processes; see `Engine.close`. */
  async close(): Promise<void> {
    await Promise.all([this.#direct?.close(), this.#jco?.close()]);
  }

  #getJco(): JcoEngine {
    this.#jco ??= createJcoEngine({}, this.memory);
    return this.#jco;
  }
}
