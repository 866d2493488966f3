/** Lag of what runs of one plugin behind what the store has of it, for a reason that may pass. */
import { asHotcellError, maxDetail } from "../errors.ts";
import { cutText } from "../text/cut.ts";
import { harmlessLines } from "../text/harmless.ts";
import type { StandingTable } from "./standing.ts";
import type { Behind, Damage } from "./told-plugins.ts";

export class Lag {
  readonly #plugin: string;
  readonly #standing: StandingTable;
  #behind: Behind | undefined;

  constructor(plugin: string, standing: StandingTable) {
    this.#plugin = plugin;
    this.#standing = standing;
  }

  /** Undefined where what runs is what is stored, as far as is known. */
  get behind(): Behind | undefined {
    return this.#behind;
  }

  /** Takes note that what is stored at this revision could not be followed. Said once of each: it is tried again and again. */
  note(revision: number, error: unknown): void {
    const { message, ...told } = asHotcellError(error);
    const { damaged } = (told.facts.extra ?? {}) as { readonly damaged?: Damage };
    // Another host need not ask whether it is the disk's fault or its own.
    const code = damaged?.code === "store-too-new" ? damaged.code : told.code;
    const before = this.#behind;
    const since = before?.since ?? new Date().toISOString();
    this.#behind = { revision, code, detail: cutText(message, maxDetail), since };
    this.#standing.note(this.#plugin, this.#behind);
    if (before?.revision === revision && before.code === code) return;
    this.#say(
      `${this.#plugin} goes on as it is, and not as another host has stored it at revision ${revision}; that is tried again. ${message}`,
    );
  }

  /** Takes note that what runs is what is stored. */
  over(): void {
    if (!this.#behind) return;
    this.#behind = undefined;
    this.#standing.note(this.#plugin, undefined);
    this.#say(`${this.#plugin} is again as it is stored.`);
  }

  #say(text: string): void {
    console.error(harmlessLines(text));
  }
}
