/** `hotcell:plugin/lifecycle`: a plugin is told its configuration, and asked whether it is well. */
import { type Env, plainEnv } from "../capabilities/env.ts";
import type { ExportedFunction } from "../wit/exports.ts";
import type { DrivenExport } from "./driven-export.ts";
import { type HostCalled, isLifecycle } from "./host-interfaces.ts";

/** The first call of every new cell; no exchange comes before it. */
export const init = {
  name: "lifecycle#init",
  type: "func(config: list<tuple<string, string>>) -> result<_, string>",
};

/** Ends well where the plugin does; no parts go either way. */
export const health: DrivenExport = {
  name: "lifecycle#health",
  type: "func() -> result<_, string>",
  async drive(call) {
    await call([]);
  },
};

/** A call made on every new cell before any other. */
export interface FirstCall {
  readonly key: string;
  readonly args: readonly unknown[];
}

/** Tells a new cell its configuration, before anything else runs in it. */
export function firstCall(functions: HostCalled, env: Env): FirstCall | undefined {
  const own = functions.get(init.name);
  return own && { key: own.key, args: [plainEnv(env)] };
}

/** Test for the function that is told the plugin's configuration. */
export function isInit(exported: ExportedFunction): boolean {
  return isLifecycle(exported) && exported.name === "init";
}
