import { HotcellError } from "../../errors.ts";
import { Fuel } from "../harden/fuel.ts";

/** Units that lifting one byte costs: a byte may become an element of an array, or a field of an object. */
const perByte = 8;
/** Units for a string or list, whatever its length. */
const perRange = 40;

/**
 * All cells draw on one tank, because one of their own would be a quarter of what a cell costs to make: of the calls
 * under way only the innermost runs. (Calls that are suspended would have to give the tank back.)
 */
const tank = new Fuel();
/** Whose call is the innermost. */
let running: Meter | undefined;

/** What every core module imports besides its own imports. */
export const fuelImports: WebAssembly.Imports = tank.imports;

/**
 * What a cell may spend, from one call to the next: in its core modules, and in lifting what they return, because a
 * few bytes of lists that all point at each other otherwise cost minutes.
 */
export class Meter {
  #budget = 0;
  #used = 0;
  /** What is left to this call while one that it made (of another cell) is the innermost. */
  #left = 0;
  #caller: Meter | undefined;

  /** Units that the last call used. */
  get used(): number {
    return this.#used;
  }

  /** From here on so many units may be spent. */
  begin(units: number): void {
    this.#caller = running;
    if (running !== undefined) running.#left = tank.get();
    running = this;
    this.#budget = units;
    tank.set(units);
  }

  /** Once for every `begin`. */
  end(): void {
    this.#used = this.#budget - tank.get();
    running = this.#caller;
    if (running !== undefined) tank.set(running.#left);
  }

  /** Traps when lifting so many bytes is more than may be spent. */
  lift(bytes: number): void {
    tank.charge(perRange + bytes * perByte);
  }

  /** No guest code runs from here on. */
  stop(): void {
    tank.set(-1);
  }

  /** Whether a trap was for want of fuel; to be asked before `end`. */
  get spent(): boolean {
    return tank.spent;
  }

  exhausted(subject: string): HotcellError {
    return new HotcellError(
      "out-of-fuel",
      `The plugin spent the ${this.#budget} units of fuel it has for a call.`,
      {
        subject,
        limit: this.#budget,
        actual: `more than ${this.#budget}`,
        remedy: "Ask less of it in one call, or raise limits.fuel in its settings.",
      },
    );
  }
}
