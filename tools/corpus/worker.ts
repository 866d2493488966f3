/**
 * A process that builds one case after another: starting asc costs more than a build. Gets a case, answers with its
 * outcome.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { stubPlugin } from "../../guest-plugins/toolchain/author/stub.ts";
import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import { resolveWorld } from "../../guest-plugins/toolchain/world/resolve.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import { HotcellError } from "../../host/errors.ts";
import type { World } from "../../host/wit/model.ts";
import type { CorpusCase } from "./cases.ts";
import { worldDifference } from "./compare.ts";

export interface Outcome {
  /** `refused`: the world has what is not of WASI 0.2, like async types. `invalid`: it is no WIT to wasm-tools. */
  readonly status: "pass" | "fail" | "refused" | "invalid";
  readonly detail?: string;
}

const transform = fileURLToPath(new URL("../../guest-plugins/toolchain/transform.ts", import.meta.url));
const tools = await loadWasmTools();
const laterFeatures = /^(async|future|stream|error-context)/;

process.on("message", async (work: CorpusCase) => {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-corpus-"));
  let outcome: Outcome;
  try {
    outcome = await build(work, folder);
  } catch (error) {
    outcome = describe(error);
  }
  await rm(folder, { recursive: true, force: true });
  process.send?.(outcome);
});
process.send?.("ready");

async function build({ path, world: name }: CorpusCase, folder: string): Promise<Outcome> {
  const world = await resolvePackage(path, join(folder, "wit"), name);
  await mkdir(join(folder, "assembly"));
  await writeFile(join(folder, "assembly/index.ts"), stubPlugin(world, { useImports: true }));

  let output = "";
  const stream = {
    write(chunk: string | Uint8Array) {
      output += chunk;
    },
  };
  const entry = ["assembly/index.ts", "--baseDir", folder, "-o", "plugin.wasm"];
  const { error } = await asc.main([...entry, "--transform", transform, "--use", `hotcell.world=${name}`], {
    stdout: stream,
    stderr: stream,
  });
  if (error) return { status: "fail", detail: output || String(error) };
  const built = inspectComponent(new Uint8Array(await readFile(join(folder, "plugin.wasm")))).world;
  const difference = worldDifference(world, built);
  return difference ? { status: "fail", detail: `the world differs: ${difference}` } : { status: "pass" };
}

/** Copies a package to `wit` and resolves it; a file that needs its neighbours is resolved with them. */
async function resolvePackage(path: string, wit: string, name: string): Promise<World> {
  const isFolder = (await stat(path)).isDirectory();
  await cp(path, isFolder ? wit : join(wit, basename(path)), { recursive: true, dereference: true });
  try {
    return resolveWorld(tools, wit, name).world;
  } catch (error) {
    if (isFolder || !(error instanceof HotcellError && error.code === "invalid-wit")) throw error;
    for (const file of await readdir(dirname(path)))
      if (file.endsWith(".wit")) await cp(join(dirname(path), file), join(wit, file));
    try {
      return resolveWorld(tools, wit, name).world;
    } catch {
      throw error;
    }
  }
}

function describe(error: unknown): Outcome {
  if (!(error instanceof HotcellError)) return { status: "fail", detail: String(error) };
  const { code, facts, message: detail } = error;
  if (code === "invalid-wit") return { status: "invalid", detail };
  const refused = code === "unsupported-feature" && laterFeatures.test(facts.subject ?? "");
  return { status: refused ? "refused" : "fail", detail };
}
