import type { CodeMoves } from "./moves.ts";

export interface Hardened {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly info: HardenedModule;
}

/** Facts that hardening found out about a module, and what it added. */
export interface HardenedModule {
  readonly memories: readonly HardenedMemory[];
  readonly tables: readonly HardenedTable[];
  readonly parts: InstanceParts;
  readonly hasStart: boolean;
  readonly features: readonly Feature[];
  readonly reset: ResetSupport;
  readonly stats: HardenStats;
  /** Sources of a module that says where its code comes from. */
  readonly sources: CodeSources | undefined;
}

/** Data that leads from a place in the hardened module to the author's sources. */
export interface CodeSources {
  /** Name of the hardened module, in its name section. */
  readonly module: string;
  /** The content of its section `hotcell:lines`, which speaks of the code as it was. */
  readonly lines: Uint8Array;
  readonly moves: CodeMoves;
}

export type Feature =
  | "bulk-memory"
  | "exceptions"
  | "legacy-exceptions"
  | "multi-memory"
  | "reference-types"
  | "function-references"
  | "simd"
  | "relaxed-simd"
  | "tail-calls";

/** A memory that the module defines, in pages. */
export interface HardenedMemory {
  /** The reserved name it is exported as. */
  readonly export: string;
  readonly min: number;
  readonly max: number;
  /** The maximum that the module itself states. */
  readonly declared: number | undefined;
}

/** Numbers of what V8 makes or goes through for each instance of the module, with what hardening added. */
export interface InstanceParts {
  readonly types: number;
  /** Imported ones and its own. */
  readonly functions: number;
  readonly imports: number;
  readonly globals: number;
  readonly exports: number;
  /** Functions that are exported, under however many names: V8 makes an object for each. */
  readonly exportedFunctions: number;
  readonly exportedGlobals: number;
  readonly elementSegments: number;
  readonly elements: number;
  readonly dataSegments: number;
  readonly dataBytes: number;
}

/** A table that the module defines, in elements. */
export interface HardenedTable {
  readonly min: number;
  readonly max: number;
  /** The maximum that the module itself states. */
  readonly declared: number | undefined;
  /** True where its elements begin as something else than null. */
  readonly filled: boolean;
}

interface ResetSupport {
  /**
   * True where `stateExport` is there. A module without it has no state but its memories' bytes.
   */
  readonly state: boolean;
  /** Mutable globals saved and restored. */
  readonly globals: number;
  /** Instructions in the module that make `stateExport` give non-zero when they ran. */
  readonly irreversible: readonly string[];
}

interface HardenStats {
  readonly functions: number;
  /** Bytes before and after. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Places where fuel is charged. */
  readonly charges: number;
  readonly largestBody: number;
  readonly maxLocals: number;
  readonly deepestNesting: number;
  readonly maxBranchTargets: number;
  readonly maxMerges: number;
  readonly totalMerges: number;
}
