import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
/** What a pack is not made from, and may be large. */
const left = new Set(["node_modules", ".git", "build", "dist", "test", "bench", ".hotcell"]);
/** The last tarball, named for what it was made from. */
const kept = join(root, "build/packed");

/** Packs the package into a folder; gives the tarball's path. One that was made of the same files before is the same. */
export async function pack(destination: string): Promise<string> {
  const tarball = join(destination, "hotcell.tgz");
  const earlier = join(kept, `${await digestOfFiles()}.tgz`);
  try {
    await copyFile(earlier, tarball);
  } catch {
    await packAnew(tarball);
    await mkdir(kept, { recursive: true });
    for (const file of await readdir(kept)) await rm(join(kept, file), { force: true });
    await cp(tarball, `${earlier}.${process.pid}`);
    await rename(`${earlier}.${process.pid}`, earlier);
  }
  return tarball;
}

/** From a copy: what packing builds, other tests may be building. */
async function packAnew(tarball: string): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), "hotcell-copy-"));
  try {
    for (const entry of await entries())
      await cp(join(root, entry), join(copy, entry), { recursive: true, filter: isOwn });
    await symlink(join(root, "node_modules"), join(copy, "node_modules"));
    await run("npm", ["pack"], { cwd: copy });
    const [made] = (await readdir(copy)).filter((file) => file.endsWith(".tgz"));
    if (made === undefined) throw new Error("npm pack made no tarball");
    await copyFile(join(copy, made), tarball);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function entries(): Promise<string[]> {
  return (await readdir(root)).filter((entry) => !left.has(entry) && !entry.startsWith(".hotcell-"));
}

async function digestOfFiles(): Promise<string> {
  const digest = createHash("sha256");
  for (const entry of await entries()) {
    for (const file of await filesBelow(join(root, entry)))
      digest.update(JSON.stringify([file, await readFile(file, "base64")]));
  }
  return digest.digest("hex");
}

/** The file itself, or those in a folder and below it. */
async function filesBelow(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const below = (await readdir(path)).sort().map((name) => join(path, name));
  return (await Promise.all(below.filter(isOwn).map(filesBelow))).flat();
}

/** False for what packages of their own in here have installed. */
function isOwn(path: string): boolean {
  return basename(path) !== "node_modules";
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
