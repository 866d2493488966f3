/**
 * What values of a type cost the host to make, found with lists of 200,000 of each: a byte of flags becomes an object
 * of eight properties, and four bytes one of 32 that V8 keeps as a dictionary. So neither time nor memory is counted
 * by the guest's bytes alone.
 */
import { casesOf, sizeOf } from "../../wit/layout.ts";
import { isNullable, isNumeric } from "../../wit/mapping.ts";
import { resolve, type Structure, type ValueType } from "../../wit/types.ts";
import { lifting } from "../harden/costs.ts";

/** Of one value, without what its strings and lists point at. */
export interface Weight {
  /** What it counts against `resultBytes`: what it takes in the guest's memory, or about half of what in the host's. */
  readonly bytes: number;
  /** Fuel for lifting it, or for checking and lowering it. */
  readonly units: number;
}

/** An object with more properties that are set one by one is a dictionary to V8. */
const dictionary = 12;

const nothing: Weight = { bytes: 0, units: 0 };
const slot: Weight = { bytes: 8, units: 40 };
/** May be a number or bigint with memory of its own. */
const boxed: Weight = { bytes: 16, units: 50 };

export class Weights {
  readonly #known = new Map<Structure, Weight>();

  of(type: ValueType): Weight {
    const structure = resolve(type);
    let weight = this.#known.get(structure);
    if (!weight) {
      const { bytes, units } = this.#made(structure);
      weight = { bytes: Math.max(bytes, sizeOf(structure)), units };
      this.#known.set(structure, weight);
    }
    return weight;
  }

  /** Of several values at once. */
  sum(types: readonly ValueType[]): Weight {
    return types.map((type) => this.of(type)).reduce(plus, nothing);
  }

  #made(type: Structure): Weight {
    switch (type.kind) {
      case "u32":
      case "u64":
      case "s64":
      case "f32":
      case "f64":
        return boxed;
      case "record":
        return plus(objectOf(type.fields.length), this.sum(type.fields.map((field) => field.type)));
      case "flags":
        return plus(objectOf(type.names.length), times(type.names.length, slot));
      case "tuple":
        return plus({ bytes: 32, units: 200 }, this.sum(type.elements));
      case "list": {
        const array = isNumeric(resolve(type.element).kind as never);
        if (type.length === undefined) return { bytes: array ? 96 : 32, units: slot.units };
        if (array) return { bytes: 96, units: lifting.array };
        return plus({ bytes: 32, units: 200 }, times(type.length, this.of(type.element)));
      }
      case "variant":
      case "option":
      case "result": {
        const payload = casesOf(type)!
          .map((c) => (c.type ? this.of(c.type) : nothing))
          .reduce(larger);
        if (type.kind === "option" && isNullable(type))
          return larger(slot, plus(payload, { bytes: 0, units: 20 }));
        return plus({ bytes: 24, units: 60 }, payload);
      }
      case "own":
      case "borrow":
        return { bytes: 64, units: 200 };
      default:
        return slot;
    }
  }
}

function objectOf(properties: number): Weight {
  const each = properties > dictionary ? { bytes: 24, units: 350 } : { bytes: 0, units: 20 };
  return plus({ bytes: 16, units: 40 }, times(properties, each));
}

function plus(a: Weight, b: Weight): Weight {
  return { bytes: a.bytes + b.bytes, units: a.units + b.units };
}

function times(count: number, { bytes, units }: Weight): Weight {
  return { bytes: count * bytes, units: count * units };
}

function larger(a: Weight, b: Weight): Weight {
  return { bytes: Math.max(a.bytes, b.bytes), units: Math.max(a.units, b.units) };
}
