import { addedImports } from "../reserved.ts";
import type { FunctionTypes } from "./module-types.ts";

/** Things that instructions refer to. Indices are checked here where hardening adds to an index space. */
export interface ModuleSpaces {
  readonly types: FunctionTypes;
  /** Type indices of all functions, imported ones first. */
  readonly functions: readonly number[];
  /** Type indices of all tags. */
  readonly tags: readonly number[];
  readonly globals: number;
  /** Index where the fuel is put among the globals, and the room behind it. */
  readonly fuel: number;
}

/** The index that a global has in the hardened module. */
export function movedGlobal(index: number, { fuel }: Pick<ModuleSpaces, "fuel">): number {
  return index < fuel ? index : index + addedImports;
}
