/**
 * A decoded and validated component: what a linker does, in order, to instantiate it. Every definition that is
 * not a type appends to the index space of its sort; `index` fields count in those spaces, as in Binary.md.
 *
 * Types need no index space at run time: where one matters it is given itself. Of types only resources live. A
 * linker keeps, for every component instance, what each resource is: the definition (`rootDefinition`) → its
 * run-time type. It binds them where they come in: `resource` definitions, imported types, and the types exported
 * by imported or instantiated instances, and exports that make a resource opaque
 * (whichever root is not bound yet, bound to what stands under that name).
 */
import type { CoreSignature } from "../wit/layout.ts";
import type { FunctionType, TypeDefinition } from "../wit/model.ts";
import type { ComponentType, Entity, InstanceType, TypeEntry } from "./component-types.ts";

/** A core module embedded in a component, at any nesting depth. */
export interface CoreModule {
  readonly bytes: Uint8Array;
  /** Every name it imports (module and field) and exports: for engines that must gate them. */
  readonly names: readonly string[];
}

export interface ComponentDefinition {
  readonly definitions: readonly Definition[];
  readonly type: ComponentType;
}

export type CoreSort = "func" | "table" | "memory" | "global" | "tag";

/** A thing of an index space, or a type itself. */
export type ItemIndex =
  | { readonly sort: "func" | "instance" | "component" | "module"; readonly index: number }
  | { readonly sort: "type"; readonly entry: TypeEntry };

export interface CanonicalOptions {
  readonly stringEncoding: "utf8" | "utf16" | "latin1+utf16";
  /** Indices of the core spaces. */
  readonly memory?: number;
  readonly realloc?: number;
  /** Index of the core function; only for `lift`. */
  readonly postReturn?: number;
}

export type Definition =
  | { readonly kind: "core-module"; readonly module: CoreModule }
  | {
      readonly kind: "core-instantiate";
      readonly module: number;
      /** Core instances, by the module name under which the module imports from them. */
      readonly args: readonly { readonly name: string; readonly instance: number }[];
    }
  | {
      /** A core instance put together of single things. */
      readonly kind: "core-exports";
      readonly exports: readonly { readonly name: string; readonly sort: CoreSort; readonly index: number }[];
    }
  | { readonly kind: "component"; readonly component: ComponentDefinition }
  | {
      readonly kind: "instantiate";
      readonly component: number;
      readonly args: readonly { readonly name: string; readonly item: ItemIndex }[];
      readonly type: InstanceType;
    }
  | {
      /** An instance put together of single things. */
      readonly kind: "exports";
      readonly exports: readonly { readonly name: string; readonly item: ItemIndex }[];
      readonly type: InstanceType;
    }
  | {
      readonly kind: "alias-export";
      readonly sort: "func" | "instance" | "component" | "module";
      readonly instance: number;
      readonly name: string;
    }
  | {
      readonly kind: "alias-core-export";
      readonly sort: CoreSort;
      readonly instance: number;
      readonly name: string;
    }
  | {
      /** A module or component of the component so many levels out (0 is this one). */
      readonly kind: "alias-outer";
      readonly sort: "module" | "component";
      readonly count: number;
      readonly index: number;
    }
  | {
      /** A resource of this component's own; adds nothing to an index space. */
      readonly kind: "resource";
      readonly resource: TypeDefinition;
      /** Core function `[i32] → []` that is called with the representation when the last handle goes. */
      readonly destructor?: number;
    }
  | {
      readonly kind: "lift";
      readonly function: number;
      readonly options: CanonicalOptions;
      readonly type: FunctionType;
      readonly signature: CoreSignature;
    }
  | {
      readonly kind: "lower";
      readonly function: number;
      readonly options: CanonicalOptions;
      readonly type: FunctionType;
      readonly signature: CoreSignature;
    }
  | {
      /** A core function. */
      readonly kind: "resource.new" | "resource.drop" | "resource.rep";
      readonly resource: TypeDefinition;
    }
  | { readonly kind: "import"; readonly name: string; readonly entity: Entity }
  | {
      /** Appends what it exports to the index space once more. */
      readonly kind: "export";
      readonly name: string;
      readonly item: ItemIndex;
      readonly entity: Entity;
    };
