import { restoreExport, saveExport } from "../harden/reserved.ts";

interface SavedMemory {
  readonly memory: WebAssembly.Memory;
  readonly bytes: Uint8Array;
}

/** What a cell's core instances were at one moment: their memories' bytes, and their mutable globals. */
export class Pristine {
  readonly #memories: readonly SavedMemory[];
  readonly #restores: readonly (() => number)[];

  constructor(instances: readonly Readonly<Record<string, unknown>>[]) {
    // Instances hand memories on to each other; each is saved once.
    const memories = new Set(
      instances.flatMap((exports) => Object.values(exports).filter((e) => e instanceof WebAssembly.Memory)),
    );
    this.#memories = [...memories].map((memory) => ({
      memory,
      bytes: new Uint8Array(memory.buffer).slice(),
    }));
    for (const exports of instances) (exports[saveExport] as (() => void) | undefined)?.();
    this.#restores = instances.flatMap(
      (exports) => (exports[restoreExport] as (() => number) | undefined) ?? [],
    );
  }

  /** False if something has changed that can't be put back. */
  restore(): boolean {
    for (const { memory, bytes } of this.#memories) {
      if (memory.buffer.byteLength !== bytes.length) return false;
    }
    for (const restore of this.#restores) if (restore() !== 0) return false;
    for (const { memory, bytes } of this.#memories) new Uint8Array(memory.buffer).set(bytes);
    return true;
  }
}
