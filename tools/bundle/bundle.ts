/** Bundling of our own programs: see `host/platform/own-bundle.ts`. */
import { mkdir, mkdtemp, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleFolder, ownBundle } from "../../host/platform/own-bundle.ts";

/** Programs that a host starts in threads and processes of their own, below `host`. */
export const programs = [
  "placement/process/child",
  "harden/worker",
  "store/sqlite/sqlite-worker",
  "store/sqlite/sqlite-backup",
  "backends/key-value/sqlite/key-value-worker",
  "backends/files/files-worker",
];

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Bundle {
  readonly code: string;
  /** What it imports as it is: modules of Node, and packages. */
  readonly imports: readonly string[];
}

/** Of a program's file and all that it imports of ours. */
export async function bundle(file: string): Promise<Bundle> {
  const { rolldown } = await import("rolldown");
  await using build = await rolldown({
    input: file,
    platform: "node",
    external: (id) => !id.startsWith(".") && !isAbsolute(id),
  });
  const { output } = await build.generate({ format: "esm", codeSplitting: false });
  const [{ code, imports }] = output;
  return { code, imports };
}

/** Makes those of a checkout that are not current. */
export async function bundleSources(): Promise<void> {
  const old = programs.filter((program) => ownBundle(basename(program)) === undefined);
  if (old.length === 0) return;
  await mkdir(bundleFolder, { recursive: true });
  const folder = await mkdtemp(join(bundleFolder, "making-"));
  // What changes from here on may not be in them.
  const { atime, mtime } = await stat(folder);
  for (const program of old) {
    const name = `${basename(program)}.mjs`;
    const made = join(folder, name);
    await writeFile(made, (await bundle(join(root, "host", `${program}.ts`))).code);
    await utimes(made, atime, mtime);
    await rename(made, join(bundleFolder, name));
  }
  await rm(folder, { recursive: true });
}

/** Puts bundles in the places of the compiled programs, for the package. */
export async function bundleCompiled(folder: string): Promise<void> {
  const files = programs.map((program) => resolve(folder, "host", `${program}.js`));
  const bundles = await Promise.all(files.map(bundle));
  for (const [i, file] of files.entries()) await writeFile(file, bundles[i]!.code);
}
