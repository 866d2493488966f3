import { Script } from "node:vm";
import type { FunctionType, Structure } from "../model.ts";
import { structuresOf } from "../structures.ts";

/** Record types of one component that get a copy each; those beyond share one that is theirs alone. About 1 kB each. */
const share = 64;

/** Maker of the code that is copied. It refers to nothing outside itself, so that its text can be run again. */
type Maker<Code, Given> = (given: Given) => Code;

/**
 * Copies of code that reads or writes the fields of records, one for each record type, so that each has what V8 learns
 * to itself: code that meets records of different fields takes 20 ns a field instead of 3. V8 keeps it with each place
 * of a function that was made, so the text of this project's own function is run once more; of an upload nothing is in
 * it. A copy is its record type's: it goes when the component goes, and no component can use up what others need.
 */
export class CodeCopies<Code, Given> {
  readonly #make: Maker<Code, Given>;
  readonly #given: Given;
  readonly #shared: Code;
  readonly #copies = new WeakMap<Structure, Code>();

  constructor(make: Maker<Code, Given>, given: Given) {
    this.#make = make;
    this.#given = given;
    this.#shared = make(given);
  }

  /** Before anything asks for them: the records that functions of one component take and give have copies then. */
  prepare(functions: Iterable<FunctionType>): void {
    const found = new Set<Structure>();
    for (const { parameters, result } of functions)
      structuresOf([...parameters.map(({ type }) => type), ...(result ? [result] : [])], found);
    let left = share;
    let copy = this.#shared;
    for (const structure of found) {
      if (structure.kind !== "record") continue;
      // The last one that is made is that of all others.
      if (left-- >= 0) copy = this.#copies.get(structure) ?? this.#copy();
      this.#copies.set(structure, copy);
    }
  }

  /** The code for this record type: its own, if there is one. */
  for(record: Structure): Code {
    return this.#copies.get(record) ?? this.#shared;
  }

  /** A copy; where there can be none, the shared code: nobody's call depends on it. */
  #copy(): Code {
    try {
      const make = new Script(`(${this.#make})`).runInThisContext() as Maker<Code, Given>;
      return make(this.#given);
    } catch {
      return this.#shared;
    }
  }
}
