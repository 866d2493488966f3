import { HotcellError } from "../../errors.ts";
import { Fuel } from "../harden/fuel.ts";

/** Units that lifting one byte costs: a byte may become an element of an array, or a field of an object. */
const perByte = 8;
/** Units for a string or list, whatever its length. */
const perRange = 40;

/**
 * What a cell may spend, from one call to the next: in its core modules, and in lifting what they return, because a
 * few bytes of lists that all point at each other otherwise cost minutes.
 */
export class Meter {
  readonly #fuel = new Fuel();
  #budget = 0;
  #used = 0;

  /** What every core module of the cell imports besides its own imports. */
  get imports(): WebAssembly.Imports {
    return this.#fuel.imports;
  }

  /** Units that the last call used. */
  get used(): number {
    return this.#used;
  }

  /** From here on so many units may be spent. */
  begin(units: number): void {
    this.#budget = units;
    this.#fuel.set(units);
  }

  end(): void {
    this.#used = this.#budget - this.#fuel.get();
  }

  /** Traps when lifting so many bytes is more than may be spent. */
  lift(bytes: number): void {
    this.#fuel.charge(perRange + bytes * perByte);
  }

  /** No guest code runs from here on. */
  stop(): void {
    this.#fuel.set(-1);
  }

  /** Whether a trap was for want of fuel. */
  get spent(): boolean {
    return this.#fuel.spent;
  }

  exhausted(): HotcellError {
    return new HotcellError(
      "out-of-fuel",
      `The plugin spent the ${this.#budget} units of fuel it has for a call.`,
      {
        limit: this.#budget,
        actual: `more than ${this.#budget}`,
        remedy: "Ask less of it in one call, or raise limits.fuel in its settings.",
      },
    );
  }
}
