/** Descriptions of plugins that are kept, so that who asks again does not have their worlds read anew. */
import { describeBounds } from "../../bounds/describe-bounds.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";

/** Bytes of heap that a description takes for a character of it: as objects, and as the text that it becomes. */
export const heapPerCharacter = 8;

/** Part of what is told of a plugin, in the form that somebody asks for. */
interface Description {
  /** Characters that it takes as JSON. */
  readonly characters: number;
}

interface Kept<Part> {
  /** Text of all that it depends on besides the name. */
  readonly stamp: string;
  readonly part: Part;
}

export class DescribedPlugins<Part extends Description> {
  readonly #heap: HeapAccount;
  /** Descriptions by the names of plugins; the one that was used last is the last. */
  readonly #kept = new Map<string, Kept<Part>>();
  #characters = 0;

  constructor(heap: HeapAccount) {
    this.#heap = heap;
    heap.addReclaimer(() => this.#dropAll());
  }

  /** The description of a plugin; undefined where none is kept, or another one. */
  get(name: string, stamp: string): Part | undefined {
    const kept = this.#kept.get(name);
    if (kept?.stamp !== stamp) return undefined;
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    return kept.part;
  }

  /** Keeps a description, where there is room for it, in the place of those that were not used for long. */
  keep(name: string, stamp: string, part: Part): void {
    this.#drop(name);
    const most = describeBounds.kept.value;
    if (part.characters > most) return;
    for (const other of this.#kept.keys()) {
      if (this.#characters + part.characters <= most) break;
      this.#drop(other);
    }
    if (!this.#heap.tryTake(heapPerCharacter * part.characters)) return;
    this.#kept.set(name, { stamp, part });
    this.#characters += part.characters;
  }

  #drop(name: string): void {
    const kept = this.#kept.get(name);
    if (!kept) return;
    this.#kept.delete(name);
    this.#characters -= kept.part.characters;
    this.#heap.give(heapPerCharacter * kept.part.characters);
  }

  #dropAll(): boolean {
    const any = this.#kept.size > 0;
    for (const name of this.#kept.keys()) this.#drop(name);
    return any;
  }
}
