import { CellMemory, type CellMemoryLimits } from "./cell-memory.ts";
import { createDirectEngine } from "./direct/engine.ts";
import type { Engine } from "./engine.ts";
import { createJcoEngine } from "./jco/engine.ts";

export const engineNames = ["direct", "jco"] as const;
/** `direct`: Hotcell's own. `jco`: jco's generated code, for plugins whose owner trusts them. */
export type EngineName = (typeof engineNames)[number];

const makers: Record<EngineName, (memory: CellMemory) => Engine> = {
  direct: createDirectEngine,
  jco: (memory) => createJcoEngine({}, memory),
};

/** The engines of a host, each made when it is first asked for. */
export class Engines {
  /** What the cells of all engines have together. */
  readonly memory: CellMemory;
  readonly #made = new Map<EngineName, Engine>();

  constructor(limits: CellMemoryLimits = {}) {
    this.memory = new CellMemory(limits);
  }

  get(name: EngineName): Engine {
    let engine = this.#made.get(name);
    if (!engine) {
      engine = makers[name](this.memory);
      this.#made.set(name, engine);
    }
    return engine;
  }

  /** Ends helper processes; see `Engine.close`. */
  async close(): Promise<void> {
    await Promise.all([...this.#made.values()].map((engine) => engine.close()));
  }
}
