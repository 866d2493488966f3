import { createDirectEngine } from "./direct/engine.ts";
import type { Engine } from "./engine.ts";
import { createJcoEngine } from "./jco/engine.ts";

export const engineNames = ["direct", "jco"] as const;
/** `direct`: Hotcell's own. `jco`: jco's generated code, for plugins whose owner trusts them. */
export type EngineName = (typeof engineNames)[number];

const makers: Record<EngineName, () => Engine> = { direct: createDirectEngine, jco: createJcoEngine };

/** The engines of a process, each made when it is first asked for. */
export class Engines {
  readonly #made = new Map<EngineName, Engine>();

  get(name: EngineName): Engine {
    let engine = this.#made.get(name);
    if (!engine) {
      engine = makers[name]();
      this.#made.set(name, engine);
    }
    return engine;
  }

  /** Ends helper processes; see `Engine.close`. */
  async close(): Promise<void> {
    await Promise.all([...this.#made.values()].map((engine) => engine.close()));
  }
}
