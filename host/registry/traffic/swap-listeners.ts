import { harmlessFault } from "../../text/harmless.ts";

/** Swap that has happened: from now on calls go to another version of a plugin. */
export interface VersionSwap {
  readonly plugin: string;
  /** Digest of the version that is live now. */
  readonly version: string;
  /** Digest of the one before. */
  readonly before: string;
}

type Listener = (swap: VersionSwap) => void;

/** Listeners in code to swaps of plugins, by name; also of plugins that are not there yet. */
export class SwapListeners {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Adds one, until what it gives is disposed of. */
  add(plugin: string, listener: Listener): Disposable {
    const listeners = this.#listeners.get(plugin) ?? new Set();
    this.#listeners.set(plugin, listeners);
    const own: Listener = (swap) => listener(swap);
    listeners.add(own);
    return {
      [Symbol.dispose]: () => {
        listeners.delete(own);
        if (listeners.size === 0 && this.#listeners.get(plugin) === listeners) this.#listeners.delete(plugin);
      },
    };
  }

  /** Tells whoever listens. What one throws is printed, and no matter of the deployment's. */
  tell(swap: VersionSwap): void {
    for (const listener of [...(this.#listeners.get(swap.plugin) ?? [])]) {
      try {
        listener(swap);
      } catch (thrown) {
        console.error(harmlessFault(thrown));
      }
    }
  }
}
