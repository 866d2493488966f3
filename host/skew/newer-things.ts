/** Things that another, newer Hotcell has stored and this host does not go by, as its owner is told of them. */
import type { HotcellError } from "../errors.ts";
import { cutText } from "../text/cut.ts";
import { harmlessLines } from "../text/harmless.ts";
import { ofNewerHotcell } from "./known-form.ts";

/** Thing that a newer Hotcell has stored, and this host leaves as it is. */
export interface NewerThing {
  /** Name for people: `the tokens`, `the values by key of shop`. */
  readonly thing: string;
  readonly detail: string;
  /** Time at which it was met first. */
  readonly since: string;
}

/** Things that are remembered, and characters of what is said of each. */
const [maxThings, maxSaid] = [100, 500];

export class NewerThings {
  /** Refusal of all that is asked for where they are, from when a newer Hotcell has it so that this one may do nothing there any more. */
  refusal: HotcellError | undefined;
  readonly #things = new Map<string, NewerThing>();

  /** Things that are not known now, the first first. */
  get all(): readonly NewerThing[] {
    return [...this.#things.values()];
  }

  /** Takes note that a thing is not known, and says so once. */
  note(thing: string, unknown: string): void {
    if (this.#things.has(thing) || this.#things.size >= maxThings) return;
    const detail = cutText(ofNewerHotcell(thing, unknown).message, maxSaid);
    this.#things.set(thing, { thing, detail, since: new Date().toISOString() });
    console.error(harmlessLines(`${detail} This host leaves it as it is.`));
  }

  /** Takes note that a thing is known (again). */
  over(thing: string): void {
    if (this.#things.delete(thing)) console.error(harmlessLines(`This host knows ${thing} again.`));
  }
}
