/** Standing of what a host runs against what its store has: how far it has followed that, and what it could not follow. */
import { nodeBounds } from "../bounds/node-bounds.ts";
import type { ErrorCode } from "../errors.ts";
import type { Behind } from "./told-plugins.ts";

/** StandingTable as other hosts are told it. */
export interface HostStanding {
  /** Id of the event in the log up to which it has followed every change of a plugin, or is behind with it. */
  readonly followed: number;
  /** Plugins that run otherwise than they are stored, those that have for longest first; absent where there are none. */
  readonly behind?: readonly BehindPlugin[];
  /** Number of those besides that are not named. */
  readonly moreBehind?: number;
  /** Versions that it alone runs for a time before the others get them, by plugin; absent where there are none. */
  readonly tries?: Readonly<Record<string, string>>;
}

/** Plugin that runs otherwise than it is stored at this revision, and why. */
export interface BehindPlugin {
  readonly plugin: string;
  readonly revision: number;
  readonly code: ErrorCode;
}

export class StandingTable {
  readonly #behind = new Map<string, Behind>();
  readonly #listener: (told: HostStanding, urgent: boolean) => void;
  readonly #tries = new Map<string, string>();
  #followed = 0;

  /** `listener` is told every change; `urgent` where a plugin comes to be behind, or is no more. */
  constructor(listener: (told: HostStanding, urgent: boolean) => void = () => {}) {
    this.#listener = listener;
  }

  /** Number of plugins that run otherwise than they are stored. */
  get behind(): number {
    return this.#behind.size;
  }

  get told(): HostStanding {
    const all = [...this.#behind];
    const named = all.slice(0, nodeBounds.behind.value);
    return {
      followed: this.#followed,
      ...(named.length > 0 && {
        behind: named.map(([plugin, { revision, code }]) => ({ plugin, revision, code })),
      }),
      ...(this.#tries.size > 0 && { tries: Object.fromEntries(this.#tries) }),
      ...(all.length > named.length && { moreBehind: all.length - named.length }),
    };
  }

  /** Takes note that a plugin is behind, or, with undefined, that it is not. */
  note(plugin: string, behind: Behind | undefined): void {
    if (behind) this.#behind.set(plugin, behind);
    else if (!this.#behind.delete(plugin)) return;
    this.#listener(this.told, true);
  }

  /** Takes note that this host alone runs that version of a plugin, or, with undefined, that it does not. */
  tries(plugin: string, version: string | undefined): void {
    if (version === undefined) this.#tries.delete(plugin);
    else this.#tries.set(plugin, version);
    this.#listener(this.told, true);
  }

  /** Takes note of how far it has followed. */
  follow(event: number): void {
    if (event <= this.#followed) return;
    this.#followed = event;
    this.#listener(this.told, false);
  }
}
