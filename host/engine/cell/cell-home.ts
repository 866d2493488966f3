import { HotcellError, orRaise } from "../../errors.ts";
import type { CellOptions } from "../engine.ts";
import { fuelImports } from "../fuel/meter.ts";
import type { CellMemory, CellShare } from "./cell-memory.ts";
import type { GrowthBounds } from "./refused-growth.ts";
import type { StartPrice } from "./start-price.ts";

/** Needs that the cells of one component have of their host. */
export interface CellHome {
  /** Imports of all their modules. Has no prototype, for names of guests to be looked up in it. */
  readonly always: WebAssembly.Imports;
  readonly price: StartPrice;
  readonly bounds: GrowthBounds;
  /**
   * Sets memory aside for a cell; see `CellMemory.reserve`. Throws `out-of-fuel` for one that is dearer to make than a
   * start may be.
   */
  admit(cell: object, options: CellOptions): CellShare;
}

export function cellHome(memory: CellMemory, price: StartPrice, bounds: GrowthBounds): CellHome {
  return {
    always: Object.assign(Object.create(null), fuelImports, memory.imports),
    price,
    bounds,
    admit(cell, { fuel, plugin }) {
      if (price.units - price.free > fuel) throw tooDear(price.units, fuel, plugin);
      return memory.reserve(price, cell);
    },
  };
}

function tooDear(units: number, fuel: number, plugin = "the component"): HotcellError {
  return new HotcellError(
    "out-of-fuel",
    `The instances of ${plugin} take ${units} units of fuel to make; a start may take ${fuel}.`,
    {
      subject: "the component",
      limit: fuel,
      actual: units,
      ...orRaise(
        "Instantiate fewer or smaller core modules (segments, globals, functions, imports and exports count for each instance)",
        ["fuel"],
      ),
    },
  );
}
