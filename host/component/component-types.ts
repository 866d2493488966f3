/**
 * The component-level types that the value model of `host/wit/model.ts` does not have: what an index of each
 * index space denotes (Explainer.md, Type Definitions).
 *
 * A type definition in here belongs to the component, component type or instance type that introduces it.
 * Importing, exporting or instantiating makes fresh definitions (see `substitute.ts`), so object identity is type
 * identity: two uses of one resource refer to one definition.
 */
import type { FunctionType, TypeDefinition, ValueType } from "../wit/model.ts";
import type { ModuleType } from "./core-types.ts";

export interface InstanceType {
  readonly exports: ReadonlyMap<string, Entity>;
}

export interface ComponentType {
  readonly imports: ReadonlyMap<string, Entity>;
  readonly exports: ReadonlyMap<string, Entity>;
  /** Resources the component itself defines: every instance has its own. */
  readonly resources: readonly TypeDefinition[];
}

/** Meaning of a type index. A value type that has a name is a `ref`. */
export type TypeEntry =
  | { readonly sort: "value"; readonly type: ValueType }
  | { readonly sort: "resource"; readonly resource: TypeDefinition }
  | { readonly sort: "func"; readonly type: FunctionType }
  | { readonly sort: "instance"; readonly type: InstanceType }
  | { readonly sort: "component"; readonly type: ComponentType };

/** The type of anything that can be imported or exported (`externtype`). */
export type Entity =
  | { readonly sort: "func"; readonly type: FunctionType }
  | { readonly sort: "type"; readonly entry: TypeEntry }
  | { readonly sort: "instance"; readonly type: InstanceType }
  | { readonly sort: "component"; readonly type: ComponentType }
  | { readonly sort: "module"; readonly type: ModuleType };

/** The definition that gave a type entry its name, if it has one. */
export function definitionOf(entry: TypeEntry): TypeDefinition | undefined {
  if (entry.sort === "resource") return entry.resource;
  return entry.sort === "value" && entry.type.kind === "ref" ? entry.type.target : undefined;
}
