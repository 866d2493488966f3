/** The table of exports that the host drives. */
import type { ExportedFunction } from "../wit/exports.ts";
import type { DrivenExport } from "./driven-export.ts";
import { type HostCalled, hostCalled } from "./host-interfaces.ts";
import { health, init } from "./lifecycle-exports.ts";
import { restore, save } from "./state-exports.ts";

const drivenExports: readonly DrivenExport[] = [health, save, restore];

const types: ReadonlyMap<string, string> = new Map(
  [init, ...drivenExports].map(({ name, type }) => [name, type] as const),
);

/** Driven export by name, as a process is told it. */
export function drivenExport(name: string): DrivenExport | undefined {
  return drivenExports.find((driven) => driven.name === name);
}

/** Functions of a plugin that its deployment calls. Throws `lifecycle-mismatch` for one of another type than the host's. */
export function lifecycleFunctions(functions: readonly ExportedFunction[]): HostCalled {
  return hostCalled(functions, types);
}
