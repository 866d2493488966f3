/**
 * What building with the toolchain costs: the time of one asc command, the size of what it writes, and what the
 * smallest component, which takes a name and greets, is made of.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { examplePlugins } from "../guest-plugins/build.ts";
import { inspectComponent } from "../host/component/inspect.ts";
import { buildFolder, httpFolder } from "./support/plugin-source.ts";
import { codeSizes, sectionSizes } from "./support/sections.ts";
import type { SizeTable, Table } from "./support/table.ts";

/** The example `greet` is the hello-world: its world has one export, from a string to a string. */
const smallest = "greet";

/** What `hotcell/assembly/http` costs by itself: one route. */
const smallestHttp = "HTTP hello";
const httpSource = `import { App } from "hotcell/assembly/http";
const app = new App();
app.get("/hello/:name", (c) => c.text("Hello, " + c.req.param("name") + "!"));
export default app;
`;

const ways: Readonly<Record<string, readonly string[]>> = {
  release: ["--target", "release"],
  debug: ["--target", "debug"],
  "-O3 --converge": ["-O3", "--converge"],
  "-Oz --converge": ["-Oz", "--converge"],
  "minimal runtime": ["-O3", "--converge", "--runtime", "minimal"],
  "-Oz, minimal": ["-Oz", "--converge", "--runtime", "minimal"],
};

export async function run(): Promise<(Table | SizeTable)[]> {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-size-"));
  const times: Table["rows"][number][] = [];
  const sizes: SizeTable["rows"][number][] = [];
  const parts: SizeTable["rows"][number][] = [];
  const code: SizeTable["rows"][number][] = [];
  const http = await httpFolder("http-hello", httpSource);
  for (const name of [...(await examplePlugins()), smallestHttp]) {
    const plugin = name === smallestHttp ? http : join("guest-plugins", name);
    const nanoseconds = new Map<string, number>();
    const bytes = new Map<string, number>();
    for (const [way, options] of Object.entries(ways)) {
      const file = join(folder, "plugin.wasm");
      const time = buildFolder(plugin, file, options);
      if (way === "release" || way === "debug") nanoseconds.set(way, time);
      const component = await readFile(file);
      bytes.set(way, component.length);
      if (name !== smallest || way !== "-O3 --converge") continue;
      for (const [part, size] of sectionSizes(component))
        parts.push({ name: part, bytes: new Map([[way, size]]) });
      parts.sort((a, b) => b.bytes.get(way)! - a.bytes.get(way)!);
      parts.push({ name: "all", bytes: new Map([[way, component.length]]) });
      code.push(...(await codeOf(plugin, file, options)));
    }
    times.push({ name, nanoseconds });
    sizes.push({ name, bytes });
  }
  await rm(folder, { recursive: true });
  return [
    { title: "One asc command, start of the compiler included", subject: "release", rows: times },
    { title: "Bytes of the component", rows: sizes },
    { title: `What the bytes of ${smallest} are`, rows: parts },
    { title: `What the code of ${smallest} is, by source file`, rows: code },
  ];
}

/** Bytes of code by source file, largest first: of a build that differs in having names. */
async function codeOf(plugin: string, file: string, options: readonly string[]): Promise<SizeTable["rows"]> {
  buildFolder(plugin, file, [...options, "--debug"]);
  const { coreModules } = inspectComponent(await readFile(file));
  return [...codeSizes(coreModules[0]!.bytes)]
    .sort(([, a], [, b]) => b - a)
    .map(([source, size]) => ({ name: source, bytes: new Map([["code", size]]) }));
}
