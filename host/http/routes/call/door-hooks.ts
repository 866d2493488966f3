import { contractBounds } from "../../../bounds/contract-bounds.ts";
import { HotcellError } from "../../../errors.ts";
import type { Registry } from "../../../registry/api.ts";
import type { FormedHook } from "../../../registry/hooks/hook.ts";

/** Hooks that clients ask, one for each contract: what one call learns of members that keep failing, the next knows. */
export class DoorHooks {
  readonly #registry: Pick<Registry, "formedHook">;
  readonly #hooks = new Map<string, FormedHook>();

  constructor(registry: Pick<Registry, "formedHook">) {
    this.#registry = registry;
  }

  /** Hook of a contract, or of one version of it. Throws `contract-not-found`. */
  of(contract: string): FormedHook {
    const known = this.#hooks.get(contract);
    if (known) return this.#unlessGone(contract, known);
    const hook = this.#registry.formedHook(contract);
    // No more than there are names and versions; those that are gone make room.
    if (this.#hooks.size >= 2 * contractBounds.kept.value) this.#hooks.clear();
    this.#hooks.set(contract, hook);
    return this.#unlessGone(contract, hook);
  }

  #unlessGone(contract: string, hook: FormedHook): FormedHook {
    return (...asked) => {
      try {
        return hook(...asked);
      } catch (thrown) {
        if (thrown instanceof HotcellError && thrown.code === "contract-not-found")
          this.#hooks.delete(contract);
        throw thrown;
      }
    };
  }
}
