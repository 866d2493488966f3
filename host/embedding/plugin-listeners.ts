import { aFunction, oneOf, requireKind } from "../platform/code-options.ts";
import { harmlessFault } from "../text/harmless.ts";
import type { PluginEvents } from "./plugin-api.ts";

type Listener<Name extends keyof PluginEvents> = (event: PluginEvents[Name]) => void;

const anEvent = oneOf(["swap", "refused"]);

/** Listeners to the events of a plugin. */
export class PluginListeners {
  readonly #listeners = {
    swap: new Set<Listener<"swap">>(),
    refused: new Set<Listener<"refused">>(),
  };

  /** Adds one, until what it gives is disposed of. */
  add<Name extends keyof PluginEvents>(event: Name, listener: Listener<Name>): Disposable {
    requireKind("The event", event, anEvent, "event");
    requireKind("The listener", listener, aFunction, "listener");
    const listeners = this.#of(event);
    const own: Listener<Name> = (told) => listener(told);
    listeners.add(own);
    return { [Symbol.dispose]: () => void listeners.delete(own) };
  }

  /** Tells all of them; false: there are none. What one throws is printed, and ends nothing. */
  tell<Name extends keyof PluginEvents>(event: Name, told: PluginEvents[Name]): boolean {
    const listeners = [...this.#of(event)];
    for (const listener of listeners) {
      try {
        listener(told);
      } catch (thrown) {
        console.error(harmlessFault(thrown));
      }
    }
    return listeners.length > 0;
  }

  #of<Name extends keyof PluginEvents>(event: Name): Set<Listener<Name>> {
    return this.#listeners[event] as unknown as Set<Listener<Name>>;
  }
}
