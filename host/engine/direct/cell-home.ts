import type { CellMemory, CellShare } from "../cell-memory.ts";
import type { InitialMemory } from "./compile.ts";
import { fuelImports } from "./meter.ts";

/** What the cells of one component need of their host. */
export interface CellHome {
  /** What all their modules import. Has no prototype, for names of guests to be looked up in it. */
  readonly always: WebAssembly.Imports;
  /** Sets memory aside for a cell; see `CellMemory.reserve`. */
  admit(cell: object): CellShare;
}

export function cellHome(memory: CellMemory, { bytes, memories }: InitialMemory): CellHome {
  return {
    always: Object.assign(Object.create(null), fuelImports, memory.imports),
    admit: (cell) => memory.reserve(bytes, memories, cell),
  };
}
