/** Plugins that only benches have, built as an author would: one asc command on a folder. */
import { spawnSync } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const asc = join(root, "node_modules/assemblyscript/bin/asc.js");

/** Folder, below the repository, where asc finds the package, of a plugin that serves HTTP and has this source. */
export async function httpFolder(name: string, source: string): Promise<string> {
  const folder = `build/${name}`;
  await mkdir(join(root, folder, "assembly"), { recursive: true });
  await writeFile(join(root, folder, "assembly/index.ts"), source);
  for (const part of ["wit", "asconfig.json"])
    await cp(join(root, "guest-plugins/router", part), join(root, folder, part), { recursive: true });
  return folder;
}

/** The same of one that sends requests, with a world of its own. */
async function fetchingFolder(name: string, world: string, source: string): Promise<string> {
  const folder = `build/${name}`;
  await mkdir(join(root, folder, "assembly"), { recursive: true });
  await writeFile(join(root, folder, "assembly/index.ts"), source);
  for (const part of ["wit", "asconfig.json"])
    await cp(join(root, "guest-plugins/link-preview", part), join(root, folder, part), { recursive: true });
  await writeFile(join(root, folder, "wit/world.wit"), world);
  return folder;
}

/** Nanoseconds that it took to build the plugin of a folder. Throws what asc said where it can't be built. */
export function buildFolder(folder: string, file: string, options: readonly string[]): number {
  const entry = join(folder, "assembly/index.ts");
  const args = [asc, entry, "--config", join(folder, "asconfig.json"), ...options, "-o", file];
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return (performance.now() - start) * 1e6;
}

/** Component that sends requests by this source. */
export async function fetchingComponent(name: string, world: string, source: string): Promise<Uint8Array> {
  const folder = await fetchingFolder(name, world, source);
  const file = join(root, folder, "plugin.wasm");
  buildFolder(folder, file, ["--target", "release"]);
  return readFile(file);
}

/** Component that serves HTTP by this source. */
export async function httpComponent(name: string, source: string): Promise<Uint8Array> {
  const folder = await httpFolder(name, source);
  const file = join(root, folder, "plugin.wasm");
  buildFolder(folder, file, ["--target", "release"]);
  return readFile(file);
}
