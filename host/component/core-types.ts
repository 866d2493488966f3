/** Types of core modules (Core spec, Modules / Types), as far as component validation compares them. */

/** `i32`, `funcref`, … or `(ref null 3)`: equal types have equal text. */
export type CoreValueType = string;

export interface CoreFunctionType {
  readonly parameters: readonly CoreValueType[];
  readonly results: readonly CoreValueType[];
}

export interface CoreLimits {
  readonly min: bigint;
  readonly max?: bigint;
  readonly shared: boolean;
  readonly is64: boolean;
}

export type CoreEntity =
  | { readonly sort: "func"; readonly type: CoreFunctionType }
  | { readonly sort: "table"; readonly element: CoreValueType; readonly limits: CoreLimits }
  | { readonly sort: "memory"; readonly limits: CoreLimits; readonly pageSize: number }
  | { readonly sort: "global"; readonly type: CoreValueType; readonly mutable: boolean }
  | { readonly sort: "tag"; readonly type: CoreFunctionType };

export interface CoreImport {
  readonly module: string;
  readonly name: string;
  readonly type: CoreEntity;
}

export interface ModuleType {
  readonly imports: readonly CoreImport[];
  readonly exports: ReadonlyMap<string, CoreEntity>;
}
