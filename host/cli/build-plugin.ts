/** One build of a plugin's folder: what `build`, `test`, `dev` and `new` share. */

import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Component } from "../component/component.ts";
import { inspectComponent } from "../component/inspect.ts";
import { HotcellError } from "../errors.ts";
import { type Asc, sharedConfiguration } from "./asc.ts";
import { type PluginFolder, readBytes, shown } from "./plugin-folder.ts";

export interface BuildOptions {
  /** Where the component goes; default `build/NAME.wasm` in the plugin's folder. */
  readonly out?: string | undefined;
  /** The target `debug` of asconfig.json instead of `release`. */
  readonly debug?: boolean | undefined;
  /** Of the worlds in `wit/`, the one to build for. */
  readonly world?: string | undefined;
}

export interface Built {
  readonly file: string;
  readonly component: Component;
  /** Milliseconds: asc, and making its core module a component. */
  readonly asc: number;
  readonly componentize: number;
}

/**
 * Throws `build-failed` after asc has said why, and what `inspectComponent` throws when asc's output is no component
 * (a configuration without the transform).
 */
export async function buildPlugin(
  asc: Asc,
  plugin: PluginFolder,
  options: BuildOptions = {},
): Promise<Built> {
  const file = resolve(options.out ?? plugin.wasm);
  const own = join(plugin.path, "asconfig.json");
  const here = (path: string) => relative(process.cwd(), path);
  const { built, ...times } = await asc.run({
    args: [
      here(plugin.entry),
      ...["--config", existsSync(own) ? here(own) : sharedConfiguration()],
      ...["--outFile", here(file)],
      ...["--target", options.debug ? "debug" : "release"],
      ...(options.world === undefined ? [] : ["--use", `hotcell.world=${options.world}`]),
    ],
    bindings: plugin.bindings,
  });
  if (!built) {
    throw new HotcellError("build-failed", `${shown(plugin.path)} did not build: see what asc says above.`, {
      subject: shown(plugin.path),
    });
  }
  return { file, component: inspectComponent(await readBytes(file)), ...times };
}
