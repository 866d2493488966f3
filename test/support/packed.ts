import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
/** What a pack is not made from, and may be large. */
const left = new Set(["node_modules", ".git", "build", "dist", "test", "bench", ".hotcell"]);

/** Packs the package into a folder; gives the tarball's path. From a copy: what packing builds, other tests may be building. */
export async function pack(destination: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "hotcell-copy-"));
  try {
    for (const entry of await readdir(root)) {
      if (!left.has(entry) && !entry.startsWith(".hotcell-"))
        await cp(join(root, entry), join(copy, entry), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(copy, "node_modules"));
    await run("npm", ["pack", "--pack-destination", destination], { cwd: copy });
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
  const [tarball] = (await readdir(destination)).filter((file) => file.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack made no tarball");
  return join(destination, tarball);
}

/** A project with the packed package installed, as a user's would be. */
export async function projectWithPackage(): Promise<string> {
  const project = await realpath(await mkdtemp(join(tmpdir(), "hotcell-embedder-")));
  const tarball = await pack(project);
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "embedder", type: "module" }));
  await run("npm", ["install", tarball, "--prefer-offline", "--no-audit", "--no-fund"], {
    cwd: project,
  });
  return project;
}
