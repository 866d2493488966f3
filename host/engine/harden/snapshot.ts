import type { HardenedModule } from "./hardened-module.ts";
import { stateExport } from "./reserved.ts";

interface KeptMemory {
  readonly memory: WebAssembly.Memory;
  readonly buffer: ArrayBuffer;
  readonly live: Uint8Array;
  /** What it held, without the zeros at its end. */
  readonly content: Uint8Array;
}

/** The pristine state of a cell, taken when its core modules are instantiated and started. */
export class Snapshot {
  readonly #memories: KeptMemory[] = [];
  readonly #states: ((save: 0 | 1) => number)[] = [];

  constructor(
    instances: Iterable<{
      readonly exports: Readonly<Record<string, unknown>>;
      readonly info: HardenedModule;
    }>,
  ) {
    for (const { exports, info } of instances) {
      if (info.reset.state) {
        const state = exports[stateExport] as (save: 0 | 1) => number;
        state(1);
        this.#states.push(state);
      }
      for (const { export: name } of info.memories)
        this.#memories.push(keep(exports[name] as WebAssembly.Memory));
    }
  }

  /** Bytes kept beside the cell's own memories. */
  get size(): number {
    return this.#memories.reduce((sum, { content }) => sum + content.length, 0);
  }

  /**
   * Puts everything back. False if that can't be done, since a memory was grown, a table may have been written to
   * or a segment dropped: then the cell must not be used again.
   */
  restore(): boolean {
    for (const state of this.#states) if (state(0) !== 0) return false;
    for (const { memory, buffer, live, content } of this.#memories) {
      if (memory.buffer !== buffer) return false;
      live.set(content);
      live.fill(0, content.length);
    }
    return true;
  }
}

function keep(memory: WebAssembly.Memory): KeptMemory {
  const { buffer } = memory;
  const live = new Uint8Array(buffer);
  let end = live.length;
  while (end > 0 && live[end - 1] === 0) end--;
  return { memory, buffer, live, content: live.slice(0, end) };
}
