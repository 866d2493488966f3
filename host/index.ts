/** The embedding API: everything `import … from "hotcell"` gives. */
export type { LogLine } from "./backends/log/log-line.ts";
export type { GivenImports } from "./capabilities/given.ts";
export type { Json } from "./capabilities/secret.ts";
export { suspending } from "./engine/engine.ts";
export {
  ComponentError,
  type ErrorCode,
  ExitError,
  HotcellError,
  type Problem,
  SymbolNotFoundError,
  SymbolTypeError,
  TrapError,
} from "./errors.ts";
export { createHost, type Host, type HostOptions } from "./host.ts";
export { type OpenOptions, open, type Plugin, type PluginSymbol as Symbol } from "./open.ts";
export type { FunctionType, Interface, TypeDefinition, ValueType, World, WorldItem } from "./wit/model.ts";
