/**
 * Types of core modules (Core spec, Modules / Types), as far as component validation compares them. Defined types are
 * the numbers of a `CoreTypeTable`: one number for one type, whichever modules write it down.
 */

/**
 * `i32`, `(ref null func)`, or `(ref null #3)` for a defined type: equal types have equal text. Inside a recursion
 * group that is being read, `~1` is the second type of the group.
 */
export type CoreValueType = string;

export interface CoreFunctionType {
  readonly parameters: readonly CoreValueType[];
  readonly results: readonly CoreValueType[];
}

export interface CoreFieldType {
  /** Or `i8`, `i16`. */
  readonly type: CoreValueType;
  readonly mutable: boolean;
}

export type CoreCompositeType =
  | ({ readonly kind: "func" } & CoreFunctionType)
  | { readonly kind: "struct"; readonly fields: readonly CoreFieldType[] }
  | { readonly kind: "array"; readonly element: CoreFieldType };

export interface CoreSubType {
  readonly final: boolean;
  /** `#3` or `~1`. */
  readonly supertype?: string;
  readonly composite: CoreCompositeType;
}

export interface CoreLimits {
  readonly min: bigint;
  readonly max?: bigint;
  readonly shared: boolean;
  readonly is64: boolean;
}

export type CoreEntity =
  /** A function that the canonical ABI makes has no number: its type stands by itself. */
  | { readonly sort: "func"; readonly type: CoreFunctionType; readonly id?: number }
  | { readonly sort: "table"; readonly element: CoreValueType; readonly limits: CoreLimits }
  | { readonly sort: "memory"; readonly limits: CoreLimits; readonly pageSize: number }
  | { readonly sort: "global"; readonly type: CoreValueType; readonly mutable: boolean }
  | { readonly sort: "tag"; readonly type: CoreFunctionType; readonly id: number };

export interface CoreImport {
  readonly module: string;
  readonly name: string;
  readonly type: CoreEntity;
}

export interface ModuleType {
  readonly imports: readonly CoreImport[];
  readonly exports: ReadonlyMap<string, CoreEntity>;
}

/** Meaning of an index of a space of core types. */
export type CoreTypeEntry =
  | { readonly sort: "func"; readonly id: number; readonly type: CoreFunctionType }
  | { readonly sort: "struct" | "array"; readonly id: number }
  | { readonly sort: "module"; readonly type: ModuleType };
