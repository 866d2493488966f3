/** Costs of values of a type to the host that makes them, in bytes and in fuel. */

import { lifting, valuePrices as price } from "../../fuel-prices.ts";
import { casesOf } from "../../wit/layout.ts";
import { resolve, type Structure, type ValueType } from "../../wit/model.ts";
import { isNullable, isNumeric } from "../../wit/values/mapping.ts";
import { dictionary, weightOf } from "../../wit/values/value-weight.ts";

/** Weight of one value, without what its strings and lists point at. */
export interface Weight {
  /** Bytes that it counts against `resultBytes`. */
  readonly bytes: number;
  /** Fuel for lifting it, or for checking and lowering it. */
  readonly units: number;
}

export class Weights {
  readonly #units = new Map<Structure, number>();

  of(type: ValueType): Weight {
    return { bytes: weightOf(type), units: this.#unitsOf(type) };
  }

  /** Weight of several values at once. */
  sum(types: readonly ValueType[]): Weight {
    return {
      bytes: types.reduce((sum, type) => sum + weightOf(type), 0),
      units: this.#sum(types),
    };
  }

  #sum(types: readonly ValueType[]): number {
    return types.reduce((sum, type) => sum + this.#unitsOf(type), 0);
  }

  #unitsOf(type: ValueType): number {
    const structure = resolve(type);
    let units = this.#units.get(structure);
    if (units === undefined) {
      units = this.#made(structure);
      this.#units.set(structure, units);
    }
    return units;
  }

  #made(type: Structure): number {
    switch (type.kind) {
      case "u32":
      case "u64":
      case "s64":
      case "f32":
      case "f64":
        return price.boxed;
      case "record":
        return objectOf(type.fields.length) + this.#sum(type.fields.map((field) => field.type));
      case "flags":
        return objectOf(type.names.length) + type.names.length * price.plain;
      case "tuple":
        return price.array + this.#sum(type.elements);
      case "list":
        if (type.length === undefined) return price.plain;
        if (isNumeric(resolve(type.element).kind)) return lifting.array;
        return price.array + type.length * this.#unitsOf(type.element);
      case "variant":
      case "option":
      case "result": {
        const payload = Math.max(...casesOf(type)!.map((c) => (c.type ? this.#unitsOf(c.type) : 0)));
        return type.kind === "option" && isNullable(type)
          ? Math.max(price.plain, payload + price.nullable)
          : price.variant + payload;
      }
      case "own":
      case "borrow":
        return price.array;
      default:
        return price.plain;
    }
  }
}

function objectOf(properties: number): number {
  return price.object + properties * (properties > dictionary ? price.dictionaryProperty : price.property);
}
