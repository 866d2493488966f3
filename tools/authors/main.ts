/**
 * Seven plugins as authors write them, from an empty folder and the packed package to calls of a running host:
 * `npm run authors [-- NAME ...]`. Prints what each step takes; ends with 1 where an answer is not the one computed here.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack } from "../../test/support/packed.ts";
import { authored } from "./plugins.ts";
import { AuthorsProject } from "./project.ts";

const named = process.argv.slice(2);
const chosen = authored.filter(({ name }) => named.length === 0 || named.includes(name));
const unknown = named.filter((name) => !authored.some((plugin) => plugin.name === name));
if (unknown.length > 0 || chosen.length === 0) {
  console.error(`There is no plugin ${unknown.join(", ")}: ${authored.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const packed = await mkdtemp(join(tmpdir(), "hotcell-packed-"));
const tarball = await pack(packed);
const begun = performance.now();
const folder = await mkdtemp(join(tmpdir(), "hotcell-authors-"));
const project = new AuthorsProject(folder);
let isServing = false;

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  console.log(`  ${what.padEnd(12)} ${seconds(performance.now() - start)}`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(5)} s`;
}

try {
  console.log("an empty folder");
  await timed("npm install", () => project.install(tarball));
  for (const [i, plugin] of chosen.entries()) {
    console.log(plugin.name);
    await timed("new", () => project.begin(plugin));
    await timed("build", () => project.build(plugin));
    if (!isServing) await timed("serve", () => project.serve());
    isServing = true;
    await timed("upload", () => project.upload(plugin));
    let calls = 0;
    await timed("calls", () =>
      plugin.use(
        project.live(plugin, () => {
          if (calls++ === 0 && i === 0)
            console.log(`  from nothing to the first live call: ${seconds(performance.now() - begun)}`);
        }),
      ),
    );
    const { trap } = plugin;
    const { status, body } = await project.call(plugin.name, trap.call, trap.args);
    const place = await project.placeOfTrap(plugin);
    const isTold = status === 502 && JSON.stringify(body).includes(place);
    console.log(`  ${calls} answers as computed; the trap names ${place}: ${isTold ? "yes" : "NO"}`);
    if (!isTold) {
      console.log(`  ${JSON.stringify(body)}`);
      process.exitCode = 1;
    }
  }
} finally {
  await project.close();
  await rm(packed, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}
