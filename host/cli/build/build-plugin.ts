/** One build of a plugin's folder: what `build`, `test`, `dev` and `new` share. */

import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import type { Component } from "../../component/component.ts";
import { inspectComponent } from "../../component/inspect.ts";
import { HotcellError } from "../../errors.ts";
import { shownPath } from "../../text/paths.ts";
import { type Asc, type AscRun, sharedConfiguration } from "./asc.ts";
import { type PluginFolder, readBytes } from "./plugin-folder.ts";

export interface BuildOptions {
  /** Path that the component is written to; default `build/NAME.wasm` in the plugin's folder. */
  readonly out?: string | undefined;
  /** The target `debug` of asconfig.json instead of `release`. */
  readonly debug?: boolean | undefined;
  /** World to build for, of those in `wit/`. */
  readonly world?: string | undefined;
}

export interface Built {
  readonly file: string;
  readonly component: Component;
  /** Milliseconds: asc, and making its core module a component. */
  readonly asc: number;
  readonly componentize: number;
  /** Warnings of asc, where they are captured. */
  readonly said: string;
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
  // A folder of its own: names that can be guessed in one that all share are taken by others.
  const folder = await mkdtemp(join(tmpdir(), "hotcell-build-"));
  try {
    const timings = join(folder, "timings.json");
    const { milliseconds, said } = await compile(asc, plugin, {
      entry: plugin.entry,
      out: file,
      target: options.debug ? "debug" : "release",
      uses: {
        "hotcell.bindings": relative(plugin.path, plugin.bindings),
        "hotcell.timings": timings,
        ...(options.world !== undefined && { "hotcell.world": options.world }),
      },
    });
    const component = inspectComponent(await readBytes(file));
    const { componentize } = JSON.parse(await readFile(timings, "utf8")) as { componentize: number };
    return { file, component, asc: milliseconds - componentize, componentize, said };
  } finally {
    await rm(folder, { recursive: true });
  }
}

export interface Compilation {
  readonly entry: string;
  readonly out: string;
  readonly target: "release" | "debug";
  /** Names and values that `--use` tells the transform. */
  readonly uses: Readonly<Record<string, string>>;
  readonly more?: readonly string[];
}

/** Runs asc with the plugin's configuration. Throws `build-failed` after asc has said why, or with that where it is captured. */
export async function compile(
  asc: Asc,
  plugin: PluginFolder,
  { entry, out, target, uses, more = [] }: Compilation,
): Promise<AscRun> {
  const own = join(plugin.path, "asconfig.json");
  // As asc in the plugin's folder: there it looks for packages.
  const within = (path: string) => relative(plugin.path, path);
  const run = await asc.run([
    within(entry),
    ...["--baseDir", relative(process.cwd(), plugin.path) || "."],
    ...["--config", existsSync(own) ? within(own) : sharedConfiguration()],
    ...["--outFile", within(out)],
    ...["--target", target],
    ...Object.entries(uses).flatMap(([name, value]) => ["--use", `${name}=${value}`]),
    ...more,
  ]);
  if (run.built) return run;
  const subject = shownPath(plugin.path);
  const captured = run.said !== "";
  throw new HotcellError(
    "build-failed",
    `${subject} did not build: see what asc says ${captured ? "in output" : "above"}.`,
    { subject, ...(captured && { extra: { output: run.said } }) },
  );
}
