/**
 * Plan that the linker makes of a component: everything that instances, aliases, imports and exports say is followed
 * once, at compile time. What is left for each cell is a list of core modules to instantiate, with where each of
 * their imports comes from.
 */
import type { HardenedModule } from "../../harden/hardened-module.ts";
import type { CoreSignature } from "../../wit/layout.ts";
import type { FunctionType } from "../../wit/model.ts";
import type { CodecOptions } from "../abi/codecs.ts";
import type { ResourceType } from "../abi/handles.ts";

/** Source of a core function, memory, table, global or tag. */
export type CoreItem =
  | { readonly kind: "export"; readonly instance: number; readonly name: string }
  | { readonly kind: "builtin"; readonly builtin: number };

export interface ResourcePlan extends ResourceType {
  /** Empty until it is exported. */
  name: string;
  readonly destructor?: CoreItem;
  /** Component instances that the destructor enters when the host lets go of the resource. */
  readonly entering?: readonly number[];
}

/** Canonical options of a lift or lower. */
export interface Options extends CodecOptions {
  /** Index into `CellPlan.contexts`. */
  readonly context: number;
}

/** A component function. */
export type FunctionPlan =
  | {
      readonly kind: "lifted";
      readonly core: CoreItem;
      readonly postReturn?: CoreItem;
      readonly options: Options;
      readonly type: FunctionType;
      readonly signature: CoreSignature;
    }
  | HostFunctionPlan;

export interface HostFunctionPlan {
  readonly kind: "host";
  /** The interface as the component imports it, or `$root`. */
  readonly group: string;
  /** Name as the component spells it: `[method]file.read`. */
  readonly name: string;
  readonly type: FunctionType;
}

/** A core function that the engine makes. */
export type Builtin =
  | {
      readonly kind: "lower";
      readonly callee: FunctionPlan;
      readonly options: Options;
      readonly type: FunctionType;
      readonly signature: CoreSignature;
      /** Component instances that a call enters: none of them may have been entered before. */
      readonly entering: readonly number[];
    }
  | {
      readonly kind: "resource.new" | "resource.drop" | "resource.rep";
      readonly resource: ResourcePlan;
      readonly component: number;
      /** Component instances that the destructor of a `resource.drop` enters. */
      readonly entering: readonly number[];
    };

export interface ContextPlan {
  readonly component: number;
  readonly memory: CoreItem | undefined;
  readonly realloc: CoreItem | undefined;
}

export interface ModuleImports {
  readonly module: string;
  readonly items: readonly { readonly name: string; readonly item: CoreItem }[];
}

export type Step =
  | {
      readonly kind: "instantiate";
      readonly module: WebAssembly.Module;
      readonly info: HardenedModule;
      readonly imports: readonly ModuleImports[];
    }
  /** Step from which on a component instance is complete and can be entered. */
  | { readonly kind: "complete"; readonly component: number };

export interface CellPlan {
  /** About how many bytes it takes. */
  readonly size: number;
  readonly steps: readonly Step[];
  /** Number of component instances. */
  readonly components: number;
  /** True where any of them can call another. */
  readonly connected: boolean;
  readonly contexts: readonly ContextPlan[];
  readonly builtins: readonly Builtin[];
  /** Exports by the names under which cells offer them. */
  readonly exports: ReadonlyMap<string, ExportPlan>;
}

export interface ExportPlan {
  readonly function: FunctionPlan;
  readonly entering: readonly number[];
}
